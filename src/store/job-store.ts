import type { Attempt, JobRecord, StoredArtifact, StoredCheckpoint } from '../core/job.ts';
import type { Placement, ReadyJob, WorkerShape } from '../core/placement.ts';
import type { WorkerRecord } from '../core/worker.ts';
import type { AttemptRef, Outcome } from '../protocol/attempt.ts';
import type { HiveEvent } from '../protocol/event.ts';
import type { ArtifactId, GroupId, JobId, WorkerId } from '../protocol/ids.ts';
import type { JobPatch, JobState, ManifestEntry, Progress, Reason } from '../protocol/job.ts';
import type { WorkerOffer } from '../protocol/worker.ts';

/*
 * Every verb is one atomic change or read. Lists in, lists out, in the same order: an item that is refused is refused
 * alone. Times are Unix milliseconds of the store's own clock, which only the store reads (C3).
 */

export interface InsertItem {
  readonly job: JobRecord;
  /** C6: `key` is already scoped to its tenant and place in the batch; `hash` is of the body. */
  readonly idempotency?: { readonly key: string; readonly hash: string };
}
export type InsertResult =
  | { readonly kind: 'created'; readonly job: JobRecord }
  | { readonly kind: 'replayed'; readonly job: JobRecord }
  /** An open job has the same unique key. */
  | { readonly kind: 'existing'; readonly job: JobRecord }
  | { readonly kind: 'conflict' }
  /** It depends on a job that its tenant does not have. */
  | { readonly kind: 'unknown_parent'; readonly parent: JobId }
  | {
      readonly kind: 'quota_full';
      readonly tenant: string;
      readonly waiting: number;
      readonly most: number;
    }
  | { readonly kind: 'queue_full'; readonly queued: number };

export interface ReadyQuery {
  /** Shapes of the workers with room; classes that none of them admits are not read. */
  readonly shapes: readonly WorkerShape[];
  /** Requirement classes read at most (their best ranked first). */
  readonly classes: number;
  /** Heads read of each class. */
  readonly per_class: number;
}

export interface PlaceItem extends Placement {
  readonly nonce: string;
}
export type PlaceResult =
  | {
      readonly kind: 'placed';
      readonly job: JobRecord;
      /** C12: resolves when the job itself is on disk, and rejects when it will never be; nobody may run it before. */
      readonly after?: Promise<void>;
    }
  | { readonly kind: 'refused'; readonly why: 'job_changed' | 'worker_changed' | 'no_room' | 'limited' };

export interface StartItem {
  readonly attempt: AttemptRef;
  readonly phase: 'accepted' | 'started';
}

export interface RenewItem {
  readonly worker_id: WorkerId;
  readonly session: number;
  readonly attempts: readonly (AttemptRef & { readonly progress?: Progress | undefined })[];
}
/** Per attempt: it goes on, it must be canceled, its worker drains, or it is no longer this worker's. */
export type RenewVerdict = 'continue' | 'cancel' | 'drain' | 'abandon';
export type RenewResult =
  | {
      readonly kind: 'renewed';
      readonly verdicts: readonly RenewVerdict[];
      /** of a worker that drains with a deadline: milliseconds until then */
      readonly drain_left_ms?: number;
    }
  | { readonly kind: 'session_changed' };

export interface SettleItem {
  readonly attempt: AttemptRef;
  readonly outcome: Outcome;
  /** SHA-256 of the outcome's canonical form; null of a success, which is compared with what the job keeps of it */
  readonly hash: string | null;
  readonly artifacts: readonly StoredArtifact[];
  /** uniform in [0, 1), for the back-off */
  readonly jitter: number;
  /** The attempt began and ended in one: what is still starting passes through running. */
  readonly begun?: boolean | undefined;
}
export type SettleResult =
  /** `forsaken`: the checkpoint that the job had and will not go on from. */
  | { readonly kind: 'committed'; readonly job: JobRecord; readonly forsaken?: StoredCheckpoint }
  | { readonly kind: 'duplicate' | 'conflict' | 'lease_lost' };

export interface CheckpointItem {
  readonly attempt: AttemptRef;
  /** Of the attempt's checkpoints; a later one supersedes. */
  readonly seq: number;
  readonly files: readonly ManifestEntry[];
}
export type CheckpointResult =
  | { readonly kind: 'committed'; readonly superseded: StoredCheckpoint | null }
  | { readonly kind: 'duplicate' | 'lease_lost' };

export type CancelResult =
  | {
      readonly kind: 'canceled';
      readonly job: JobRecord;
      readonly released: Attempt | null;
      readonly forsaken?: StoredCheckpoint;
    }
  | { readonly kind: 'canceling'; readonly job: JobRecord; readonly attempt: Attempt }
  | { readonly kind: 'already'; readonly job: JobRecord }
  | { readonly kind: 'not_found' };

export interface ExpireQuery {
  /** Number.MAX_SAFE_INTEGER spares every lease: after a start or a stall none expires for one full lease (C3). */
  readonly lost_after_ms: number;
  readonly lease_ms: number;
  readonly limit: number;
}
/** What the clock did: leases that ran out, jobs that became ready, jobs that expired. */
export interface ExpireResult {
  /** Attempts to settle as lost. */
  readonly lost: readonly (AttemptRef & { readonly worker_id: WorkerId; readonly lease_until: number })[];
  readonly woken: number;
  readonly expired: number;
  /** When this verb has something to do next, if known. */
  readonly next_at: number | null;
}

export type WorkerChange =
  | {
      readonly kind: 'hello';
      readonly worker_id: WorkerId;
      readonly boot_id: string;
      readonly offer: WorkerOffer;
      readonly silent_ms: number;
    }
  | {
      readonly kind: 'credit';
      readonly worker_id: WorkerId;
      readonly session: number;
      /** How many jobs it takes ahead of a free slot. */
      readonly prefetch: number;
    }
  | { readonly kind: 'disconnect'; readonly worker_id: WorkerId; readonly session: number }
  | {
      readonly kind: 'drain';
      readonly worker_id: WorkerId;
      readonly draining: boolean;
      /** What runs has left by then; null lets it run to its end; left out, what was said before stands. */
      readonly left_ms?: number | null;
    }
  | {
      readonly kind: 'state';
      readonly worker_id: WorkerId;
      readonly session: number;
      readonly state: WorkerRecord['state'];
      readonly code: string;
      readonly message: string;
    }
  | { readonly kind: 'bye'; readonly worker_id: WorkerId; readonly session: number };
export type WorkerResult =
  /** `orphans`: attempts the store still gives to it; a hello with a new boot id has lost them. */
  | {
      readonly kind: 'ok';
      readonly worker: WorkerRecord;
      readonly orphans: readonly AttemptRef[];
      readonly same_boot: boolean;
    }
  | { readonly kind: 'in_use'; readonly retry_after_ms: number }
  | { readonly kind: 'not_found' };

export interface JobFilter {
  readonly tenant?: string | undefined;
  readonly state?: readonly JobState[] | undefined;
  readonly module?: string | undefined;
  readonly worker_id?: WorkerId | undefined;
  readonly group_id?: GroupId | undefined;
  /** all must be equal */
  readonly labels?: Readonly<Record<string, string>> | undefined;
}
export interface JobPageQuery extends JobFilter {
  /** Newest first; the page starts after this id. */
  readonly after?: JobId | undefined;
  readonly limit: number;
}

export interface JobCounts {
  readonly by_state: Readonly<Record<JobState, number>>;
}

export interface EventQuery {
  /** Events with a higher seq. */
  readonly after: number;
  readonly limit: number;
}
export interface EventPage {
  readonly events: readonly HiveEvent[];
  /** Lowest seq that is still kept; a reader whose cursor lies below it missed some. */
  readonly first_seq: number;
  readonly last_seq: number;
}

export interface PruneQuery {
  /** Terminal jobs that ended before this go, with their artifacts. */
  readonly jobs_before: number;
  /** Events before this go. */
  readonly events_before: number;
  readonly max_events: number;
  readonly limit: number;
}
export interface PruneResult {
  readonly jobs: number;
  readonly events: number;
}

export type JobKey = { readonly job: JobId } | { readonly artifact: ArtifactId };
export interface PlacedJob {
  readonly job: JobRecord;
  /** 1 = next of its class; null unless it waits. */
  readonly position: number | null;
  /** The limit that keeps it waiting now, if one does. */
  readonly limited: Reason | null;
}

export interface Clock {
  /** Unix milliseconds; never falls while the process lives. */
  now(): number;
}

export interface JobStore {
  /** Each alone, or with `whole` all of them or none. */
  insertJobs(
    items: readonly InsertItem[],
    options?: { readonly whole: boolean },
  ): Promise<readonly InsertResult[]>;
  readReady(query: ReadyQuery): Promise<readonly ReadyJob[]>;
  commitPlacements(items: readonly PlaceItem[], lease_ms: number): Promise<readonly PlaceResult[]>;
  startAttempts(items: readonly StartItem[]): Promise<readonly (JobState | 'lease_lost')[]>;
  renewLeases(items: readonly RenewItem[], lease_ms: number): Promise<readonly RenewResult[]>;
  settle(items: readonly SettleItem[]): Promise<readonly SettleResult[]>;
  /** C9: the manifest makes a checkpoint whole; the job keeps the last one as its resume pointer. */
  commitCheckpoints(items: readonly CheckpointItem[]): Promise<readonly CheckpointResult[]>;
  requestCancel(ids: readonly JobId[], message: string): Promise<readonly CancelResult[]>;
  /** Assignments that never arrived: no retry spent, old rank. Answers those that were released. */
  releaseUndelivered(attempts: readonly AttemptRef[]): Promise<readonly JobId[]>;
  expireLeases(query: ExpireQuery): Promise<ExpireResult>;
  patchJobs(
    items: readonly { readonly id: JobId; readonly patch: JobPatch }[],
  ): Promise<readonly (JobRecord | 'not_found' | 'already_ended')[]>;
  getJob(key: JobKey): Promise<PlacedJob | null>;
  listJobs(query: JobPageQuery): Promise<readonly JobRecord[]>;
  /** Of all jobs, or of one group. */
  countJobs(group?: { readonly tenant: string; readonly group_id: GroupId }): Promise<JobCounts>;
  upsertWorker(change: WorkerChange): Promise<WorkerResult>;
  /** Without their holds what is left on each is said alone, by `tally`. */
  listWorkers(parts?: { readonly holds: boolean }): Promise<readonly WorkerRecord[]>;
  readEvents(query: EventQuery): Promise<EventPage>;
  /** Leadership by lease: the same holder renews it; the token rises with each new holder and fences its writes. */
  holdRole(
    role: string,
    holder: string,
    ttl_ms: number,
  ): Promise<{ readonly held: boolean; readonly token: number }>;
  readClock(): Promise<number>;
  prune(query: PruneQuery): Promise<PruneResult>;
  /** A hint that events were committed up to `seq`; the truth is readEvents. Answers the unsubscribe function. */
  onCommit(listener: (seq: number) => void): () => void;
}
