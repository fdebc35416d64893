import type { StagedInput } from '../protocol/attempt.ts';
import type { ArtifactId, GroupId, JobId, WorkerId } from '../protocol/ids.ts';
import type {
  FailureCause,
  JobError,
  JobState,
  ManifestEntry,
  OnParentFailure,
  OnPartition,
  Progress,
  Reason,
  RetryPolicy,
} from '../protocol/job.ts';
import type { TerminalState } from '../protocol/job-state.ts';
import type { Requirements } from '../protocol/requirements.ts';
import type { Concurrency } from './limits.ts';
import { rankOf } from './rank.ts';
import { classOf } from './requirement-class.ts';
import type { Reserve } from './resources.ts';

/** One execution of a job. Its epoch is the job's epoch; the nonce tells apart two attempts that share one (C1). */
export interface Attempt {
  readonly epoch: number;
  readonly nonce: string;
  readonly worker_id: WorkerId;
  readonly session: number;
  readonly lease_until: number;
  readonly placed_at: number;
  readonly started_at: number | null;
  readonly reserve: Reserve;
}

/** Where a job stands. Only `starting` and `running` have an attempt; terminal states never change. */
export type JobStatus =
  | { readonly state: 'blocked' | 'queued'; readonly reason: Reason }
  | {
      readonly state: 'starting';
      readonly reason: Reason;
      readonly attempt: Attempt;
      readonly accepted: boolean;
    }
  | {
      readonly state: 'running';
      readonly reason: Reason;
      readonly attempt: Attempt;
      readonly suspect: boolean;
    }
  | { readonly state: TerminalState; readonly reason: Reason };

/** The last attempt that ended, so that the same outcome again gets the same answer (C5). */
export interface SettledAttempt {
  readonly epoch: number;
  readonly nonce: string;
  /** null of a success: the job itself keeps all that it said */
  readonly hash: string | null;
}

/** The last checkpoint that an attempt committed: where the next attempt goes on (C9). */
export interface StoredCheckpoint {
  readonly epoch: number;
  readonly nonce: string;
  /** 1 for the attempt's first */
  readonly seq: number;
  readonly at: number;
  readonly files: readonly ManifestEntry[];
}

export interface StoredArtifact extends ManifestEntry {
  readonly id: ArtifactId;
  readonly content_type: string;
}

export interface JobResult {
  readonly engine: string;
  readonly output: unknown;
  readonly metrics: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
}

export interface TimelinePoint {
  readonly at: number;
  readonly state: JobState;
  readonly code: string;
  readonly attempt: number;
}

/** What a submit fixed for good. Times are Unix milliseconds. */
export interface JobFacts {
  readonly id: JobId;
  readonly tenant: string;
  readonly principal: string;
  readonly module: string;
  readonly name: string | null;
  readonly input: Readonly<Record<string, unknown>>;
  readonly files: readonly StagedInput[];
  readonly retry: RetryPolicy;
  readonly timeout_ms: number;
  readonly run_at: number | null;
  readonly deadline_at: number | null;
  readonly group_id: GroupId | null;
  readonly retry_of: JobId | null;
  /** Jobs that must have ended before it is queued. */
  readonly depends_on: readonly JobId[];
  readonly on_parent_failure: OnParentFailure;
  /** While a job with it is open, a submit with the same one answers that job. */
  readonly unique_key: string | null;
  readonly concurrency: Concurrency | null;
  /** Its priority comes before any waiting time. */
  readonly strict: boolean;
  readonly created_at: number;
}

/** A job as the store keeps it. */
export interface JobRecord extends JobFacts {
  readonly status: JobStatus;
  readonly priority: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly requirements: Requirements;
  readonly class_key: string;
  /** When the wait counts from; see rankOf. */
  readonly eligible_at: number;
  readonly rank: number;
  /** Set while the job must not be read as ready: a scheduled start or a back-off. */
  readonly wake_at: number | null;
  /** Parents of a blocked job that have not ended. */
  readonly waits_for: readonly JobId[];
  readonly epoch: number;
  readonly retries_used: Readonly<Record<FailureCause, number>>;
  /** What a worker that is cut off does with its attempt (C3). */
  readonly on_partition: OnPartition;
  /** An attempt that was given up and may go on all the same; it is taken back while no other one was placed. */
  readonly adrift: Attempt | null;
  /** Distinct workers that went down while they ran it (C7). */
  readonly lost_workers: readonly WorkerId[];
  /** Distinct workers that failed it, as far as that is their doing. */
  readonly failed_on: readonly WorkerId[];
  readonly cancel_requested_at: number | null;
  readonly progress: Progress | null;
  readonly checkpoint: StoredCheckpoint | null;
  readonly result: JobResult | null;
  readonly error: JobError | null;
  readonly artifacts: readonly StoredArtifact[];
  readonly settled: SettledAttempt | null;
  readonly last_worker_id: WorkerId | null;
  readonly queued_at: number;
  readonly placed_at: number | null;
  readonly started_at: number | null;
  readonly finished_at: number | null;
  /** Latest last; at most TIMELINE_MAX entries. */
  readonly timeline: readonly TimelinePoint[];
}

export const TIMELINE_MAX = 100;

export type NewJobSpec = JobFacts &
  Pick<JobRecord, 'priority' | 'labels' | 'requirements'> &
  Partial<Pick<JobRecord, 'on_partition'>>;

const SCHEDULED: Reason = { code: 'scheduled', message: 'waits for its start time' };
const SUBMITTED: Reason = { code: 'submitted', message: 'waits for a worker' };
const BLOCKED: Reason = { code: 'waits_for_parents', message: 'waits for the jobs it depends on' };
const UNUSED: JobRecord['retries_used'] = { user: 0, infra: 0, oom: 0, timeout: 0 };
const NONE: readonly never[] = [];

/** A job as it enters the store: queued, or waiting for its start time. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one literal names every field; objects that are put together in steps made the whole store twice as slow
export function newJob(spec: NewJobSpec): JobRecord {
  const eligible = Math.max(spec.created_at, spec.run_at ?? 0);
  const scheduled = eligible > spec.created_at;
  const blocked = spec.depends_on.length > 0;
  const state = blocked ? 'blocked' : 'queued';
  const reason = blocked ? BLOCKED : scheduled ? SCHEDULED : SUBMITTED;
  // Field by field: an object made so is copied ten times faster than one that a spread has extended.
  return {
    id: spec.id,
    tenant: spec.tenant,
    principal: spec.principal,
    module: spec.module,
    name: spec.name,
    input: spec.input,
    files: spec.files,
    retry: spec.retry,
    timeout_ms: spec.timeout_ms,
    run_at: spec.run_at,
    deadline_at: spec.deadline_at,
    group_id: spec.group_id,
    retry_of: spec.retry_of,
    depends_on: spec.depends_on,
    on_parent_failure: spec.on_parent_failure,
    unique_key: spec.unique_key,
    concurrency: spec.concurrency,
    strict: spec.strict,
    created_at: spec.created_at,
    status: { state, reason },
    priority: spec.priority,
    labels: spec.labels,
    requirements: spec.requirements,
    class_key: classOf(spec.module, spec.requirements, spec),
    eligible_at: eligible,
    rank: rankOf(eligible, spec.priority, spec.strict),
    wake_at: scheduled && !blocked ? eligible : null,
    waits_for: spec.depends_on,
    epoch: 0,
    retries_used: UNUSED,
    on_partition: spec.on_partition ?? 'kill',
    adrift: null,
    lost_workers: NONE,
    failed_on: NONE,
    cancel_requested_at: null,
    progress: null,
    checkpoint: null,
    result: null,
    error: null,
    artifacts: NONE,
    settled: null,
    last_worker_id: null,
    queued_at: spec.created_at,
    placed_at: null,
    started_at: null,
    finished_at: null,
    timeline: [{ at: spec.created_at, state, code: reason.code, attempt: 0 }],
  };
}

/** The attempt that holds the job now, if any. */
export function heldAttempt(job: JobRecord): Attempt | null {
  return job.status.state === 'starting' || job.status.state === 'running' ? job.status.attempt : null;
}

/**
 * The attempt that the reference names, when its writes count: it holds the job, or it was given up while its worker was
 * cut off and nothing else took over (C3).
 */
export function writerOf(
  job: JobRecord,
  ref: { readonly epoch: number; readonly nonce: string },
): Attempt | null {
  const attempt = heldAttempt(job) ?? job.adrift;
  return attempt?.epoch === ref.epoch && attempt.nonce === ref.nonce ? attempt : null;
}

/** True when the reference names the attempt that holds the job now (C2). */
export function isCurrent(job: JobRecord, ref: { readonly epoch: number; readonly nonce: string }): boolean {
  const attempt = heldAttempt(job);
  return attempt !== null && attempt.epoch === ref.epoch && attempt.nonce === ref.nonce;
}
