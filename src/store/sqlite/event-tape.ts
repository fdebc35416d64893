import type { HiveEvent } from '../../protocol/event.ts';
import { type EventRun, encodeRuns } from './event-codec.ts';
import type { JobSlot } from './job-rows.ts';
import type { RowChange } from './rows.ts';

type NewEvent = Omit<HiveEvent, 'seq'>;

/** Events that differ in nothing but their jobs. */
interface Run extends EventRun {
  /** its place among all runs */
  readonly number: number;
  /** groups that were taken before it began */
  readonly group: number;
  readonly slots: (JobSlot | null)[];
}

/** How far back an event looks for the run it belongs to: an end writes two kinds by turns. */
const REACH = 4;

/** Where a verb began, so that its events can be dropped. */
export interface Mark {
  readonly pending: readonly number[];
  readonly riding: readonly number[];
}

/** What a group took, for the case that it does not reach the file. */
export interface TakenEvents {
  readonly row: RowChange | null;
  readonly last: number;
  readonly group: number;
  /** riding events that went with it */
  readonly ridden: readonly Run[];
}

/**
 * The end of the history: what is not in the file yet, and where it begins and ends. A row holds a group's events, as
 * runs. Events of claims ride until the rows of their jobs are written, so that the history never tells of a claim that a
 * crash took back.
 */
export class EventTape {
  #pending: Run[] = [];
  #riding: Run[] = [];
  #runs = 0;
  #groups = 0;
  /** of the last event that was sent to the file */
  #sent: number;
  #first: number;

  constructor(last: number, first: number) {
    this.#sent = last;
    this.#first = first;
  }

  get sent(): number {
    return this.#sent;
  }

  get first(): number {
    return this.#first;
  }

  get hasPending(): boolean {
    return this.#pending.length > 0;
  }

  append(event: NewEvent, slot: JobSlot | null, rides: boolean): void {
    const deck = rides ? this.#riding : this.#pending;
    const run = this.#runFor(deck, event, slot) ?? this.#begin(deck, event);
    run.slots.push(slot);
    if (slot !== null) slot.told = run.number;
  }

  #runFor(deck: readonly Run[], event: NewEvent, slot: JobSlot | null): Run | null {
    if (slot === null) return null;
    for (let at = deck.length - 1; at >= Math.max(0, deck.length - REACH); at -= 1) {
      const run = deck[at];
      // A job's events stay in their order.
      if (run === undefined || run.number <= slot.told) return null;
      if (run.group === this.#groups && isOf(run, event)) return run;
    }
    return null;
  }

  #begin(deck: Run[], { at, worker_id, state, reason, attempt }: NewEvent): Run {
    const run: Run = {
      number: this.#runs,
      group: this.#groups,
      at,
      worker: worker_id ?? null,
      state,
      reason,
      attempt: attempt ?? null,
      slots: [],
    };
    this.#runs += 1;
    deck.push(run);
    return run;
  }

  mark(): Mark {
    return { pending: lengths(this.#pending), riding: lengths(this.#riding) };
  }

  /** Drops the events since the mark, which were not sent. */
  dropSince(mark: Mark): void {
    cutTo(this.#pending, mark.pending);
    cutTo(this.#riding, mark.riding);
  }

  /** What goes with the next group: all that is pending, after what has ridden and rides no more. */
  take(): TakenEvents {
    const ridden = this.#takeRidden();
    const runs = [...ridden, ...this.#pending];
    this.#pending = [];
    const group = this.#groups;
    this.#groups += 1;
    const n = runs.reduce((sum, run) => sum + run.slots.length, 0);
    const taken = { last: this.#sent, group, ridden };
    if (n === 0) return { ...taken, row: null };
    const { doc, at } = encodeRuns(runs.map(withJobs));
    const values = [this.#sent + 1, n, at, doc];
    this.#sent += n;
    return { ...taken, row: { kind: 'insert', into: 'events (first_seq, n, at, doc)', width: 4, values } };
  }

  #takeRidden(): Run[] {
    const taken: Run[] = [];
    const left: Run[] = [];
    for (const run of this.#riding) {
      const gone = run.slots.filter((slot) => slot?.rides !== true);
      if (gone.length === 0) left.push(run);
      else {
        taken.push({ ...run, slots: gone });
        if (gone.length < run.slots.length)
          left.push({ ...run, slots: run.slots.filter((slot) => slot?.rides === true) });
      }
    }
    this.#riding = left;
    return taken;
  }

  /** What rides now stays, whatever becomes of the next group. */
  seal(): void {
    this.#groups += 1;
  }

  /** The group did not reach the file, and what has happened since it began is undone. */
  rewind({ last, group, ridden }: TakenEvents): void {
    this.#sent = last;
    this.#pending = [];
    const before = [...ridden, ...this.#riding].filter((run) => run.group < group);
    this.#riding = before.sort((a, b) => a.number - b.number);
  }

  /** Where the history begins from now on: `aged` is the first event that is young enough. */
  cut(aged: number | null, max: number, limit: number): number {
    const end = this.#sent + this.#pending.reduce((sum, run) => sum + run.slots.length, 0);
    const keepFrom = Math.max(this.#first, aged ?? end + 1, end - max + 1);
    const dropped = Math.max(0, Math.min(limit, keepFrom - this.#first));
    this.#first += dropped;
    return dropped;
  }

  restoreFirst(first: number): void {
    this.#first = first;
  }
}

const withJobs = (run: Run) => ({ ...run, jobs: run.slots.map((slot) => slot?.job.id ?? null) });

const isOf = (run: Run, { at, worker_id, state, reason, attempt }: NewEvent): boolean =>
  run.at === at &&
  run.state === state &&
  run.worker === (worker_id ?? null) &&
  run.attempt === (attempt ?? null) &&
  run.reason.code === reason.code &&
  run.reason.message === reason.message;

/** How long a deck is, and how long each of the runs is that may still grow. */
const lengths = (deck: readonly Run[]): readonly number[] => [
  deck.length,
  ...deck.slice(-REACH).map((run) => run.slots.length),
];

function cutTo(deck: Run[], [length = 0, ...sizes]: readonly number[]): void {
  deck.length = Math.min(deck.length, length);
  for (const [index, run] of deck.slice(-REACH).entries()) run.slots.length = sizes[index] ?? 0;
}
