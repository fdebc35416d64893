import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../job-store.ts';
import type { Performed } from '../tables/hot-tables.ts';
import { type Undo, undo } from '../tables/undo-log.ts';
import { VERBS } from '../verbs/verb-table.ts';
import type { RunVerb, VerbArgs, VerbName } from '../verbs.ts';
import { Fault, type Need } from './fault.ts';
import { keep } from './journal.ts';
import { type RowBatch, returnBatch, takeBatch } from './row-batch.ts';
import type { RowChange } from './rows.ts';
import type { SqliteTables } from './sqlite-tables.ts';
import { asHiveError } from './thread-wire.ts';
import type { WordTable } from './word-table.ts';

/** C12: what is answered at once, and the file gets it later. */
const ANSWERED: ReadonlySet<VerbName> = new Set([
  'readReady',
  'listWorkers',
  'commitPlacements',
  'startAttempts',
  'renewLeases',
] as const);
/** Goes with the next group all the same, and soon: what really runs is not to run twice because of a crash. */
const HASTY: VerbName = 'startAttempts';
const SOON_MS = 10;

/** A claim is written for its own sake when it has ridden for one to two of these. */
const TURN_MS = 50;
/** Under load a group waits this long for more, for a group has its price whatever is in it. */
const GATHER_MS = 3;
const LOADED = 64;
const RETRY_MS = 1000;

interface Entry {
  readonly rides: boolean;
  readonly hasty: boolean;
  readonly act: (now: number) => unknown;
  resolve(answer: unknown): void;
  reject(error: unknown): void;
  answer: unknown;
  undo: Undo;
  /** When it was performed, by the store's clock. */
  at: number;
}

export interface CommitLogDeps {
  readonly tables: SqliteTables;
  readonly words: WordTable;
  readonly clock: Clock;
  /** Resolves when the file has the changes, or rejects when it has none of them. */
  readonly write: (changes: readonly RowChange[]) => Promise<void>;
  /** Brings what a verb needs within reach; what it learned holds until the next verb ends. */
  readonly fetch: (need: Need) => Promise<() => void>;
  /** A batch is in the file. */
  readonly committed: (batch: RowBatch) => void;
}

/**
 * Verbs run in memory at once and one after the other; what they changed is written in groups, and each is answered when
 * its group is in the file. While one group is on its way the next gathers.
 */
export class CommitLog {
  readonly #deps: CommitLogDeps;
  #open: Entry[] = [];
  #waiting: Entry[] = [];
  #recovering = false;
  #busy: Promise<void> | null = null;
  #sending = false;
  /** whether what is on its way holds answered changes */
  #sendsRiding = false;
  #jobs = 0;
  #later: NodeJS.Timeout | undefined;
  #soon: NodeJS.Timeout | undefined;
  #stopped = false;
  /** of the next row of the journal */
  #seq = 1;

  constructor(deps: CommitLogDeps) {
    this.#deps = deps;
  }

  readonly run: RunVerb = <K extends VerbName>(verb: K, args: VerbArgs<K>) => {
    const call = VERBS[verb] as (tables: SqliteTables, args: VerbArgs<K>, now: number) => unknown;
    return new Promise<never>((resolve, reject) => {
      this.#execute({
        rides: ANSWERED.has(verb),
        hasty: verb === HASTY,
        act: (now) => call(this.#deps.tables, args, now),
        resolve: resolve as (answer: unknown) => void,
        reject,
        answer: undefined,
        undo: [],
        at: 0,
      });
    });
  };

  /** Resolves when the file has all that was answered so far: what is not answered yet nobody may miss. */
  async written(): Promise<void> {
    const { jobs } = this.#deps.tables;
    const rides = this.#sendsRiding || jobs.hasRiding || this.#open.some((entry) => entry.rides);
    if (!rides && !this.#recovering) return;
    jobs.turn();
    jobs.turn();
    await this.#flush();
  }

  /** Resolves when all that must be synced is in the file; what rides may still be in memory alone. */
  async synced(): Promise<void> {
    if (this.#sending || this.#recovering || this.#open.some((entry) => !entry.rides)) await this.#flush();
  }

  /** Verbs that a failing group could still take back. */
  get size(): number {
    return this.#open.length;
  }

  /** Resolves when nothing is left to commit. */
  async idle(): Promise<void> {
    while (this.#busy !== null) await this.#busy;
  }

  /** Nothing is written by itself any more. */
  stop(): void {
    clearTimeout(this.#later);
    clearTimeout(this.#soon);
    this.#stopped = true;
  }

  #flush(): Promise<void> {
    const nothing = { rides: false, hasty: false, act: () => undefined, answer: undefined, at: 0 };
    return new Promise((resolve, reject) => {
      this.#execute({ ...nothing, undo: [], resolve: () => resolve(), reject });
    });
  }

  #execute(entry: Entry): void {
    if (this.#recovering) {
      this.#waiting.push(entry);
      return;
    }
    const { tables, fetch } = this.#deps;
    try {
      const { answer, undo } = this.#perform(entry);
      tables.fetched.clear();
      entry.answer = answer;
      entry.undo = undo;
    } catch (error) {
      if (!(error instanceof Fault)) {
        tables.fetched.clear();
        entry.reject(asHiveError(error));
        return;
      }
      fetch(error.need).then(
        (apply) => {
          apply();
          this.#execute(entry);
        },
        (failure: unknown) => entry.reject(failure),
      );
      return;
    }
    if (entry.rides) entry.resolve(entry.answer);
    if (entry.rides && entry.undo.length === 0) return;
    this.#open.push(entry);
    if (entry.hasty) this.#writeSoon();
    if (entry.rides) this.#turnLater(TURN_MS);
    else this.#busy ??= this.#drain();
  }

  #perform(entry: Entry, now = this.#deps.clock.now()): Performed<unknown> {
    const { tables } = this.#deps;
    entry.at = now;
    tables.jobs.rides = entry.rides && !entry.hasty;
    return tables.perform(() => entry.act(now));
  }

  async #drain(): Promise<void> {
    await null; // what was asked in the same breath goes together
    while (this.#open.some((entry) => !entry.rides)) {
      const loaded = await this.#commit();
      if (loaded) await pause(GATHER_MS);
    }
    this.#busy = null;
    if (this.#deps.tables.hasChanges) this.#turnLater(TURN_MS);
  }

  #writeSoon(): void {
    if (this.#stopped) return;
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      if (this.#deps.tables.hasChanges) this.#flush().catch(() => this.#turnLater(RETRY_MS));
    }, SOON_MS);
  }

  /** What nothing durable follows is written by itself after a while. */
  #turnLater(ms: number): void {
    if (this.#stopped) return;
    this.#later ??= setTimeout(() => {
      this.#later = undefined;
      this.#turn().then(
        () => this.#deps.tables.jobs.hasRiding && this.#turnLater(TURN_MS),
        () => this.#turnLater(RETRY_MS),
      );
    }, ms);
  }

  async #turn(): Promise<void> {
    const { tables } = this.#deps;
    tables.jobs.turn();
    if (tables.hasChanges) await this.#flush();
    // A beat changes nothing that is written, and no group is on its way that could take it back.
    else if (this.#busy === null) {
      this.#open = [];
      tables.log.seal();
    }
  }

  /** Answers whether the group was one of many. */
  async #commit(): Promise<boolean> {
    const group = this.#open;
    this.#open = [];
    const failure = await this.#write(group);
    if (failure === null) return this.#jobs >= LOADED;
    const durable = group.filter((entry) => !entry.rides);
    const later = this.#open.filter((entry) => !entry.rides);
    this.#open = this.#ridingAgain(this.#open);
    if (durable.length === 1) durable[0]?.reject(failure.error);
    // One bad verb fails alone: the others are tried again without it.
    else for (const entry of durable) await this.#alone(entry);
    this.#recovering = false;
    for (const entry of [...later, ...this.#waiting.splice(0)]) this.#execute(entry);
    return false;
  }

  /** Null, or the error after which memory is again as the file: the riding part of the group was then done again. */
  async #write(group: readonly Entry[]): Promise<{ readonly error: unknown } | null> {
    const { tables, words, write, committed } = this.#deps;
    const batch = takeBatch(tables, words, this.#seq);
    this.#jobs = batch.journal.noted.length;
    this.#sending = true;
    this.#sendsRiding = group.some((entry) => entry.rides) || batch.events.ridden.length > 0;
    try {
      if (batch.changes.length > 0) await write(batch.changes);
    } catch (error) {
      this.#sending = false;
      this.#sendsRiding = false;
      this.#recovering = true;
      const newest = this.#open;
      for (const entry of [...group, ...newest].reverse()) undo(entry.undo);
      returnBatch(tables, batch);
      tables.failed(error);
      this.#open = [...group.filter((entry) => entry.rides), ...newest];
      return { error };
    }
    this.#sending = false;
    this.#sendsRiding = false;
    this.#seq += 1;
    keep(batch.journal);
    words.written(batch.words);
    tables.reached(batch.group);
    for (const entry of group) if (!entry.rides) entry.resolve(entry.answer);
    committed(batch);
    return null;
  }

  /** Claims are not lost with a group that failed: workers may already act on them. */
  #ridingAgain(entries: readonly Entry[]): Entry[] {
    return entries.filter((entry) => {
      if (!entry.rides) return false;
      try {
        // At its own time: a worker may have begun since then.
        entry.undo = this.#perform(entry, entry.at).undo;
        return entry.undo.length > 0;
      } catch {
        return false;
      }
    });
  }

  async #alone(entry: Entry): Promise<void> {
    const { fetch } = this.#deps;
    for (;;) {
      try {
        const { answer, undo } = this.#perform(entry);
        entry.answer = answer;
        entry.undo = undo;
        break;
      } catch (error) {
        if (!(error instanceof Fault)) return entry.reject(asHiveError(error));
        (await fetch(error.need))();
      }
    }
    const group = [...this.#open, entry];
    this.#open = [];
    const failure = await this.#write(group);
    if (failure === null) return;
    this.#open = this.#ridingAgain(this.#open);
    entry.reject(failure.error);
  }
}
