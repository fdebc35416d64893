import type { JobRecord } from '../core/job.ts';
import type { Quota } from '../core/limits.ts';
import type { Reserve } from '../core/resources.ts';
import type { WorkerRecord } from '../core/worker.ts';
import type { AttemptRef } from '../protocol/attempt.ts';
import type { HiveEvent } from '../protocol/event.ts';
import type { JobId, WorkerId } from '../protocol/ids.ts';
import type { JobState } from '../protocol/job.ts';
import type { RecordKind } from '../protocol/records.ts';

/** The verbs are written once against this; memory and SQLite each keep the tables and their indexes. */
export interface Tables {
  /** Waiting jobs held at most. */
  readonly max_queued: number;

  /** Brings jobs within reach in one look-up; `job` works without it, only slower. */
  fetchJobs(ids: readonly JobId[]): void;
  job(id: JobId): JobRecord | null;
  insertJob(job: JobRecord): void;
  saveJob(job: JobRecord): void;
  removeJob(job: JobRecord): void;
  countOf(state: JobState): number;
  /** Attempts that are held under a limit; see core/limits.ts. */
  heldUnder(limit: string): number;
  /** Queued and blocked jobs of the tenant. */
  waitingOf(tenant: string): number;
  quota(tenant: string): Quota | null;
  /** Blocked jobs that wait for this one. */
  childrenOf(parent: JobId): readonly JobId[];
  /** The open job that has this unique name. */
  openWith(unique: string): JobId | null;

  /** Class keys that have at least one ready job. */
  readyClasses(): Iterable<string>;
  /** The best ranked `most` jobs of each of the `classes` classes whose head ranks best, in that order. */
  readyHeads(wanted: readonly ReadyClass[], classes: number): readonly JobRecord[];

  /** Held jobs whose lease ended at or before `at`, oldest first. */
  leasesUntil(at: number, limit: number): readonly JobRecord[];
  /** Running jobs not yet marked suspect whose lease ended at or before `at`, oldest first. */
  unmarkedUntil(at: number, limit: number): readonly JobRecord[];
  wakesUntil(at: number, limit: number): readonly JobRecord[];
  /** Queued and blocked jobs whose deadline is at or before `at`, soonest first. */
  deadlinesUntil(at: number, limit: number): readonly JobRecord[];
  /** The earliest instant of each index that lies after `at`. */
  firstLeaseAfter(at: number): number | null;
  firstUnmarkedAfter(at: number): number | null;
  firstWakeAfter(at: number): number | null;
  firstDeadlineAfter(at: number): number | null;
  /** Terminal jobs that ended before `at`, oldest first. */
  endedBefore(at: number, limit: number): readonly JobRecord[];

  /** `holds` and `tally` are live views: copy them before they leave the store. */
  worker(id: WorkerId): WorkerRecord | null;
  workers(): readonly WorkerRecord[];
  /** Saves all but `holds`. */
  saveWorker(worker: WorkerRecord): void;
  attemptsOf(id: WorkerId): readonly AttemptRef[];
  hold(id: WorkerId, key: string, reserve: Reserve): void;
  unhold(id: WorkerId, key: string): void;
  /**
   * Null, or what the job rests on is not in the file yet: resolves when it is, rejects when it will never be. A worker must
   * not hear of the job before.
   */
  restsOn(job: JobId): Promise<void> | null;
  /** Keeps a hold though no job names it any more (C8). */
  strand(id: WorkerId, key: string): void;

  /** Brings keys within reach in one look-up, as fetchJobs does. */
  fetchIdempotency(keys: readonly string[]): void;
  idempotency(key: string): IdempotencyEntry | null;
  saveIdempotency(entry: IdempotencyEntry): void;
  forgetIdempotency(before: number, limit: number): void;

  role(name: string): RoleEntry | null;
  saveRole(name: string, entry: RoleEntry): void;

  append(event: Omit<HiveEvent, 'seq'>): void;
  /** Drops the oldest events: those before `before` (RFC 3339) and those above `max`, at most `limit`. */
  dropEvents(before: string, max: number, limit: number): number;

  recordVersion(kind: RecordKind, id: string): number | null;
  saveRecord(kind: RecordKind, id: string, record: RecordRow): void;
  removeRecord(kind: RecordKind, id: string): void;
}

export interface ReadyClass {
  readonly key: string;
  readonly most: number;
}

export interface IdempotencyEntry {
  readonly key: string;
  readonly hash: string;
  readonly job_id: JobId;
  readonly at: number;
}

export interface RoleEntry {
  readonly holder: string;
  readonly token: number;
  readonly until: number;
}

export interface RecordRow {
  readonly version: number;
  readonly value: unknown;
  /** index name → value, of the declared indexes */
  readonly indexed: Readonly<Record<string, string>>;
}
