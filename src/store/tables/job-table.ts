import type { JobRecord } from '../../core/job.ts';
import type { JobId } from '../../protocol/ids.ts';
import type { JobState } from '../../protocol/job.ts';
import type { ReadyClass } from '../tables.ts';
import { type Instant, isReady, JobIndexes } from './job-indexes.ts';
import type { UndoLog } from './undo-log.ts';

/** A job within reach. `n` counts jobs in the order of their submits. */
export interface Slot<Row = unknown> {
  readonly n: number;
  /** as it was submitted */
  readonly first: JobRecord;
  job: JobRecord;
  /** the group that made it ready; nobody may run it before that is in the file */
  since: number;
  gone: boolean;
  /** whether it is among the changed */
  dirty: boolean;
  /** whether only claims have changed it, and its rows may wait */
  rides: boolean;
  /** the last run of the history that tells of it */
  told: number;
  /** what the file has of it; null until it has any */
  row: Row | null;
}

/** Answers jobs that are not within reach; null when there are none, or by throwing when they must be fetched first. */
export interface Beyond {
  job(id: JobId): null;
  numbers(ns: readonly number[]): null;
}

/** Jobs and their indexes. */
export class JobTable<Row = unknown> {
  readonly indexes = new JobIndexes();
  readonly #byId = new Map<JobId, Slot<Row>>();
  readonly #byN = new Map<number, Slot<Row>>();
  #last: Slot<Row> | null = null;
  readonly #undo: UndoLog;
  readonly #beyond: Beyond;
  /** Whether what is saved now may ride. */
  rides = false;
  #changed: Slot<Row>[] = [];
  /** Riding since the last turn, and since the one before. */
  #riding: Slot<Row>[] = [];
  #ridden: Slot<Row>[] = [];
  /** The number of the group that gathers now, and of the last one that is in the file. */
  group = 1;
  synced = 0;
  #next = 1;

  constructor(undo: UndoLog, beyond: Beyond) {
    this.#undo = undo;
    this.#beyond = beyond;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Every job within reach. */
  *records(): Generator<JobRecord> {
    for (const { job } of this.#byId.values()) yield job;
  }

  slots(): Iterable<Slot<Row>> {
    return this.#byId.values();
  }

  /** A verb asks for one job several times. */
  peek(id: JobId): Slot<Row> | null {
    const last = this.#last;
    if (last !== null && last.first.id === id && !last.gone) return last;
    const slot = this.#byId.get(id) ?? null;
    this.#last = slot;
    return slot;
  }

  get(id: JobId): JobRecord | null {
    return (this.peek(id) ?? this.#beyond.job(id))?.job ?? null;
  }

  countOf(state: JobState): number {
    return this.indexes.counts.get(state) ?? 0;
  }

  insert(job: JobRecord): Slot<Row> {
    if (this.#byId.has(job.id)) throw new Error(`the job ${job.id} exists already`);
    const slot: Slot<Row> = {
      n: this.#next,
      first: job,
      job,
      since: this.group,
      gone: false,
      dirty: false,
      rides: false,
      told: -1,
      row: null,
    };
    this.#next += 1;
    this.#enter(slot);
    this.indexes.change(slot.n, null, job);
    if (isReady(job)) this.indexes.list(slot.n, job.class_key, job.rank);
    this.#mark(slot);
    this.#undo.push(this.#undoInsert, slot);
    return slot;
  }

  save(job: JobRecord): Slot<Row> {
    const slot = this.peek(job.id);
    if (slot === null) throw new Error(`the job ${job.id} is not within reach`);
    const { job: before } = slot;
    if (isReady(job) && !isReady(before)) slot.since = this.group;
    this.#set(slot, job);
    if (this.rides) this.#ride(slot);
    else this.#mark(slot);
    this.#undo.push(this.#set, slot, before);
    return slot;
  }

  remove(job: JobRecord): Slot<Row> | null {
    const slot = this.#byId.get(job.id);
    if (slot === undefined) return null;
    this.#drop(slot);
    this.#mark(slot);
    this.#undo.push(() => {
      slot.gone = false;
      this.#enter(slot);
      this.indexes.change(slot.n, null, slot.job);
      if (isReady(slot.job)) this.indexes.list(slot.n, slot.job.class_key, slot.job.rank);
    });
    return slot;
  }

  /** A job that a file had all along. */
  adopt(slot: Slot<Row>): void {
    this.#enter(slot);
  }

  /** Out of reach, but not out of the indexes: the file has it. */
  forget(slot: Slot<Row>): void {
    if (this.#last === slot) this.#last = null;
    this.#byId.delete(slot.job.id);
    this.#byN.delete(slot.n);
  }

  continueAfter(n: number): void {
    this.#next = Math.max(this.#next, n + 1);
  }

  takeChanged(): readonly Slot<Row>[] {
    const changed = this.#changed;
    if (changed.length > 0) this.#changed = [];
    for (const slot of changed) slot.dirty = false;
    return changed;
  }

  /** Was taken, but did not reach the file. */
  giveBack(slot: Slot<Row>): void {
    this.#mark(slot);
  }

  get hasChanges(): boolean {
    return this.#changed.length > 0;
  }

  get hasRiding(): boolean {
    return this.#riding.length > 0 || this.#ridden.length > 0;
  }

  /** What has ridden for a whole turn is written with the next group. */
  turn(): void {
    for (const slot of this.#ridden) if (slot.rides) this.#mark(slot);
    this.#ridden = this.#riding;
    this.#riding = [];
  }

  #mark(slot: Slot<Row>): void {
    slot.rides = false;
    if (slot.dirty) return;
    slot.dirty = true;
    this.#changed.push(slot);
  }

  #ride(slot: Slot<Row>): void {
    if (slot.dirty || slot.rides) return;
    slot.rides = true;
    this.#riding.push(slot);
  }

  heads(wanted: readonly ReadyClass[], classes: number): JobRecord[] {
    return this.#jobsOf(this.indexes.heads(wanted, classes).flatMap(({ list, most }) => list.take(most)));
  }

  until(instant: Instant, at: number, limit: number): JobRecord[] {
    return this.#jobsOf(this.indexes.at(instant).take(limit, at));
  }

  /** 1 = next of its class; null unless it waits for a worker. */
  positionOf(job: JobRecord, number?: number): number | null {
    const n = number ?? this.#byId.get(job.id)?.n;
    if (n === undefined || !isReady(job)) return null;
    return (this.indexes.ready.get(job.class_key)?.rank(job.rank, n) ?? 0) + 1;
  }

  byNumbers(ns: readonly number[]): (Slot<Row> | undefined)[] {
    return ns.map((n) => this.#byN.get(n));
  }

  #jobsOf(ns: readonly number[]): JobRecord[] {
    const missing = ns.filter((n) => !this.#byN.has(n));
    if (missing.length > 0) this.#beyond.numbers(missing);
    return ns.flatMap((n) => this.#byN.get(n)?.job ?? []);
  }

  #enter(slot: Slot<Row>): void {
    this.#byId.set(slot.job.id, slot);
    this.#byN.set(slot.n, slot);
  }

  readonly #undoInsert = (slot: Slot<Row>): void => this.#drop(slot);

  #drop(slot: Slot<Row>): void {
    if (isReady(slot.job)) this.indexes.unlist(slot.n, slot.job.class_key, slot.job.rank);
    this.indexes.change(slot.n, slot.job, null);
    slot.gone = true;
    this.#byId.delete(slot.job.id);
    this.#byN.delete(slot.n);
  }

  readonly #set = (slot: Slot<Row>, job: JobRecord): void => {
    const before = slot.job;
    this.indexes.change(slot.n, before, job);
    const [was, is] = [isReady(before), isReady(job)];
    const moved = before.rank !== job.rank || before.class_key !== job.class_key;
    if (was && (!is || moved)) this.indexes.unlist(slot.n, before.class_key, before.rank);
    if (is && (!was || moved)) this.indexes.list(slot.n, job.class_key, job.rank);
    slot.job = job;
  };
}
