import { heldAttempt, type JobRecord } from '../../core/job.ts';
import type { Quota } from '../../core/limits.ts';
import type { Reserve } from '../../core/resources.ts';
import type { WorkerRecord } from '../../core/worker.ts';
import type { AttemptRef } from '../../protocol/attempt.ts';
import type { HiveEvent } from '../../protocol/event.ts';
import type { JobId, WorkerId } from '../../protocol/ids.ts';
import type { JobState } from '../../protocol/job.ts';
import type { RecordKind } from '../../protocol/records.ts';
import type { IdempotencyEntry, ReadyClass, RecordRow, RoleEntry, Tables } from '../tables.ts';
import { type Beyond, JobTable } from './job-table.ts';
import { type Undo, UndoLog } from './undo-log.ts';
import { WorkerShelf } from './worker-shelf.ts';

/** What was answered, and how to take back what it changed. */
export interface Performed<T> {
  readonly answer: T;
  readonly undo: Undo;
}

/** The part of the tables that is in memory in every store: open jobs, workers, and what finds them. */
export abstract class HotTables<Row = unknown, Mark = unknown> implements Tables {
  readonly max_queued: number;
  readonly jobs: JobTable<Row>;
  readonly quotas = new Map<string, Quota>();
  protected readonly undo = new UndoLog();
  protected readonly shelf = new WorkerShelf(this.undo);

  constructor(maxQueued: number, beyond: Beyond) {
    this.max_queued = maxQueued;
    this.jobs = new JobTable<Row>(this.undo, beyond);
  }

  /** Runs a verb: whole, or not at all when it throws. */
  perform<T>(verb: () => T): Performed<T> {
    const mark = this.eventMark();
    try {
      const answer = verb();
      return { answer, undo: this.undo.take() };
    } catch (error) {
      this.undo.rollBack();
      this.dropEventsSince(mark);
      throw error;
    }
  }

  fetchJobs(_ids: readonly JobId[]): void {}

  job(id: JobId): JobRecord | null {
    return this.jobs.get(id);
  }

  insertJob(job: JobRecord): void {
    this.jobs.insert(job);
  }

  saveJob(job: JobRecord): void {
    this.jobs.save(job);
  }

  removeJob(job: JobRecord): void {
    this.jobs.remove(job);
  }

  countOf(state: JobState): number {
    return this.jobs.countOf(state);
  }

  readyClasses(): Iterable<string> {
    return this.jobs.indexes.ready.keys();
  }

  readyHeads(wanted: readonly ReadyClass[], classes: number): readonly JobRecord[] {
    return this.jobs.heads(wanted, classes);
  }

  heldUnder(limit: string): number {
    return this.jobs.indexes.held.get(limit) ?? 0;
  }

  waitingOf(tenant: string): number {
    return this.jobs.indexes.waiting.get(tenant) ?? 0;
  }

  quota(tenant: string): Quota | null {
    return this.quotas.get(tenant) ?? null;
  }

  childrenOf(parent: JobId): readonly JobId[] {
    return [...(this.jobs.indexes.children.get(parent) ?? [])];
  }

  openWith(unique: string): JobId | null {
    return this.jobs.indexes.uniques.get(unique) ?? null;
  }

  /** Verbs look at quotas at every pass, so they are in memory in every store. */
  protected noteQuota(kind: RecordKind, tenant: string, quota: Quota | null): void {
    if (kind !== 'quota') return;
    this.undo.push(this.#setQuota, tenant, this.quota(tenant));
    this.#setQuota(tenant, quota);
  }

  readonly #setQuota = (tenant: string, quota: Quota | null): void => {
    if (quota === null) this.quotas.delete(tenant);
    else this.quotas.set(tenant, quota);
  };

  leasesUntil(at: number, limit: number): readonly JobRecord[] {
    return this.jobs.until('lease', at, limit);
  }

  unmarkedUntil(at: number, limit: number): readonly JobRecord[] {
    return this.jobs.until('unmarked', at, limit);
  }

  wakesUntil(at: number, limit: number): readonly JobRecord[] {
    return this.jobs.until('wake', at, limit);
  }

  deadlinesUntil(at: number, limit: number): readonly JobRecord[] {
    return this.jobs.until('deadline', at, limit);
  }

  firstLeaseAfter(at: number): number | null {
    return this.jobs.indexes.at('lease').firstAfter(at);
  }

  firstUnmarkedAfter(at: number): number | null {
    return this.jobs.indexes.at('unmarked').firstAfter(at);
  }

  firstWakeAfter(at: number): number | null {
    return this.jobs.indexes.at('wake').firstAfter(at);
  }

  firstDeadlineAfter(at: number): number | null {
    return this.jobs.indexes.at('deadline').firstAfter(at);
  }

  worker(id: WorkerId): WorkerRecord | null {
    return this.shelf.get(id);
  }

  workers(): readonly WorkerRecord[] {
    return this.shelf.all();
  }

  saveWorker(worker: WorkerRecord): void {
    this.shelf.save(worker);
  }

  /** Each held job has a hold, so the holds name them all. */
  attemptsOf(id: WorkerId): readonly AttemptRef[] {
    const held = this.shelf.heldBy(id);
    this.fetchJobs(held.map(({ job_id }) => job_id));
    return held
      .flatMap(({ job_id, epoch }) => {
        const job = this.job(job_id);
        const attempt = job === null ? null : heldAttempt(job);
        return attempt === null || attempt.epoch !== epoch ? [] : [{ job_id, epoch, nonce: attempt.nonce }];
      })
      .sort((a, b) => (a.job_id < b.job_id ? -1 : 1));
  }

  hold(id: WorkerId, key: string, reserve: Reserve): void {
    this.shelf.hold(id, key, reserve);
  }

  unhold(id: WorkerId, key: string): void {
    this.shelf.unhold(id, key);
  }

  restsOn(_job: JobId): Promise<void> | null {
    return null;
  }

  strand(_id: WorkerId, _key: string): void {}

  fetchIdempotency(_keys: readonly string[]): void {}

  /** Where the history ends now. */
  protected abstract eventMark(): Mark;
  /** Drops the events of a verb that threw. */
  protected abstract dropEventsSince(mark: Mark): void;

  abstract endedBefore(at: number, limit: number): readonly JobRecord[];
  abstract idempotency(key: string): IdempotencyEntry | null;
  abstract saveIdempotency(entry: IdempotencyEntry): void;
  abstract forgetIdempotency(before: number, limit: number): void;
  abstract role(name: string): RoleEntry | null;
  abstract saveRole(name: string, entry: RoleEntry): void;
  abstract append(event: Omit<HiveEvent, 'seq'>): void;
  abstract dropEvents(before: string, max: number, limit: number): number;
  abstract recordVersion(kind: RecordKind, id: string): number | null;
  abstract saveRecord(kind: RecordKind, id: string, record: RecordRow): void;
  abstract removeRecord(kind: RecordKind, id: string): void;
}
