import { heldAttempt, type JobRecord } from '../../core/job.ts';
import type { Reserve } from '../../core/resources.ts';
import type { WorkerRecord } from '../../core/worker.ts';
import type { AttemptRef } from '../../protocol/attempt.ts';
import type { HiveEvent } from '../../protocol/event.ts';
import type { ArtifactId, JobId, WorkerId } from '../../protocol/ids.ts';
import type { JobState } from '../../protocol/job.ts';
import type { RecordKind } from '../../protocol/records.ts';
import type { IdempotencyEntry, RecordRow, RoleEntry, Tables } from '../tables.ts';
import { WorkerShelf } from '../worker-shelf.ts';
import { EventLog } from './event-log.ts';
import { type IndexName, JobIndexes } from './job-indexes.ts';

/** Plain maps; the indexes hold ids alone. */
export class MemoryTables implements Tables {
  readonly max_queued: number;
  readonly jobs = new Map<JobId, JobRecord>();
  readonly indexes = new JobIndexes();
  readonly log = new EventLog();
  readonly records = new Map<RecordKind, Map<string, RecordRow>>();
  readonly #artifacts = new Map<ArtifactId, JobId>();
  readonly #shelf = new WorkerShelf();
  readonly #idempotency = new Map<string, IdempotencyEntry>();
  readonly #roles = new Map<string, RoleEntry>();

  constructor(maxQueued: number) {
    this.max_queued = maxQueued;
  }

  fetchJobs(): void {}

  job(id: JobId): JobRecord | null {
    return this.jobs.get(id) ?? null;
  }

  insertJob(job: JobRecord): void {
    if (this.jobs.has(job.id)) throw new Error(`the job ${job.id} exists already`);
    this.saveJob(job);
  }

  saveJob(job: JobRecord): void {
    const before = this.job(job.id);
    this.jobs.set(job.id, job);
    this.indexes.change(before, job);
    if (before?.artifacts === job.artifacts) return;
    for (const artifact of before?.artifacts ?? []) this.#artifacts.delete(artifact.id);
    for (const artifact of job.artifacts) this.#artifacts.set(artifact.id, job.id);
  }

  removeJob(job: JobRecord): void {
    this.jobs.delete(job.id);
    this.indexes.change(job, null);
    for (const artifact of job.artifacts) this.#artifacts.delete(artifact.id);
  }

  jobOfArtifact(id: ArtifactId): JobId | null {
    return this.#artifacts.get(id) ?? null;
  }

  countOf(state: JobState): number {
    return this.indexes.counts.get(state) ?? 0;
  }

  readyClasses(): Iterable<string> {
    return this.indexes.ready.keys();
  }

  readyHeads(keys: readonly string[], classes: number, perClass: number): readonly JobRecord[] {
    const heads = keys.flatMap((key) => {
      const list = this.indexes.ready.get(key);
      const first = list?.first();
      return list === undefined || first === null || first === undefined ? [] : [{ list, ...first }];
    });
    heads.sort((a, b) => a.order - b.order || (a.id < b.id ? -1 : 1));
    return heads.slice(0, classes).flatMap(({ list }) => this.#jobsOf(list.take(perClass)));
  }

  leasesUntil(at: number, limit: number): readonly JobRecord[] {
    return this.#until('lease', at, limit);
  }

  unmarkedUntil(at: number, limit: number): readonly JobRecord[] {
    return this.#until('unmarked', at, limit);
  }

  wakesUntil(at: number, limit: number): readonly JobRecord[] {
    return this.#until('wake', at, limit);
  }

  deadlinesUntil(at: number, limit: number): readonly JobRecord[] {
    return this.#until('deadline', at, limit);
  }

  firstLeaseAfter(at: number): number | null {
    return this.indexes.index('lease').firstAfter(at);
  }

  firstUnmarkedAfter(at: number): number | null {
    return this.indexes.index('unmarked').firstAfter(at);
  }

  firstWakeAfter(at: number): number | null {
    return this.indexes.index('wake').firstAfter(at);
  }

  firstDeadlineAfter(at: number): number | null {
    return this.indexes.index('deadline').firstAfter(at);
  }

  endedBefore(at: number, limit: number): readonly JobRecord[] {
    return this.#until('ended', at - 1, limit);
  }

  worker(id: WorkerId): WorkerRecord | null {
    return this.#shelf.get(id);
  }

  workers(): readonly WorkerRecord[] {
    return this.#shelf.all();
  }

  saveWorker(worker: WorkerRecord): void {
    this.#shelf.save(worker);
  }

  attemptsOf(id: WorkerId): readonly AttemptRef[] {
    const jobs = this.#jobsOf([...(this.indexes.held.get(id) ?? [])].sort());
    return jobs.flatMap((job) => {
      const attempt = heldAttempt(job);
      return attempt === null ? [] : [{ job_id: job.id, epoch: attempt.epoch, nonce: attempt.nonce }];
    });
  }

  hold(id: WorkerId, key: string, reserve: Reserve): void {
    this.#shelf.hold(id, key, reserve);
  }

  unhold(id: WorkerId, key: string): void {
    this.#shelf.unhold(id, key);
  }

  strand(): void {}

  idempotency(key: string): IdempotencyEntry | null {
    return this.#idempotency.get(key) ?? null;
  }

  saveIdempotency(entry: IdempotencyEntry): void {
    // Taken out first, so that the map stays in the order of their times.
    this.#idempotency.delete(entry.key);
    this.#idempotency.set(entry.key, entry);
  }

  forgetIdempotency(before: number, limit: number): void {
    let left = limit;
    for (const [key, entry] of this.#idempotency) {
      if (entry.at > before || left === 0) return;
      this.#idempotency.delete(key);
      left -= 1;
    }
  }

  role(name: string): RoleEntry | null {
    return this.#roles.get(name) ?? null;
  }

  saveRole(name: string, entry: RoleEntry): void {
    this.#roles.set(name, entry);
  }

  append(event: Omit<HiveEvent, 'seq'>): void {
    this.log.append(event);
  }

  dropEvents(before: string, max: number, limit: number): number {
    return this.log.drop(before, max, limit);
  }

  recordVersion(kind: RecordKind, id: string): number | null {
    return this.records.get(kind)?.get(id)?.version ?? null;
  }

  saveRecord(kind: RecordKind, id: string, record: RecordRow): void {
    const table = this.records.get(kind) ?? new Map<string, RecordRow>();
    this.records.set(kind, table);
    table.set(id, record);
  }

  removeRecord(kind: RecordKind, id: string): void {
    this.records.get(kind)?.delete(id);
  }

  #until(name: IndexName, at: number, limit: number): JobRecord[] {
    return this.#jobsOf(this.indexes.index(name).take(limit, at));
  }

  #jobsOf(ids: readonly JobId[]): JobRecord[] {
    return ids.flatMap((id) => this.jobs.get(id) ?? []);
  }
}
