import { CHECKPOINT_UNREADABLE, type LostOutcome, type Outcome } from '../protocol/attempt.ts';
import type { JobError } from '../protocol/job.ts';
import { failedOn } from './breaker.ts';
import type { Attempt, JobRecord, JobResult, SettledAttempt, StoredArtifact } from './job.ts';
import { classOf } from './requirement-class.ts';
import { decideLost, decideRetry, type RetryDecision } from './retry.ts';
import { type Draft, end, requeue } from './status.ts';

export interface Settlement {
  readonly outcome: Outcome;
  /** of the outcome's canonical form: the same hash again is the same answer again; null lets a success speak for itself */
  readonly hash: string | null;
  readonly artifacts: readonly StoredArtifact[];
  /** uniform in [0, 1) */
  readonly jitter: number;
  /** The attempt began and ended in one: what is still starting passes through running. */
  readonly begun?: boolean | undefined;
}

/** Where a job stands after its attempt ended so (C5, C7, C8, C9). */
export function conclude(job: Draft, attempt: Attempt, event: Settlement, now: number): JobRecord {
  const { outcome } = event;
  switch (outcome.status) {
    case 'succeeded': {
      job.result = resultOf(outcome);
      if (event.artifacts.length > 0) job.artifacts = event.artifacts;
      job.progress = DONE;
      job.error = null;
      return end(job, 'succeeded', { code: 'succeeded', message: `done by ${outcome.engine}` }, now);
    }
    case 'canceled':
      return job.cancel_requested_at === null
        ? decided(job, decideRetry(job, STOPPED_ALONE, now, event.jitter), STOPPED_ALONE, now)
        : end(
            job,
            'canceled',
            { code: 'canceled', message: 'canceled while it ran; the worker confirmed its end' },
            now,
          );
    case 'failed':
      job.artifacts = event.artifacts;
      job.failed_on = failedOn(job, attempt.worker_id, outcome);
      return failed(job, outcome.error, event.jitter, now);
    case 'preempted':
      return job.cancel_requested_at === null
        ? requeue(job, { code: 'preempted', message: outcome.message }, job.eligible_at, now)
        : end(job, 'canceled', { code: 'canceled', message: 'canceled while its worker drained' }, now);
    case 'lost':
      return lost(job, attempt, outcome, now);
  }
}

const DONE = { percent: 100 };

type Success = Extract<Outcome, { status: 'succeeded' }>;
const resultOf = ({ engine, output, metrics, warnings }: Success): JobResult => ({
  engine,
  output: output ?? null,
  metrics,
  warnings,
});

/** Whether an attempt that ended so says the same again (C5). A worker that repeats itself repeats the order of keys. */
export function isSaidAgain(job: JobRecord, settled: SettledAttempt, event: Settlement): boolean {
  if (event.hash !== null) return settled.hash === event.hash;
  const { outcome, artifacts } = event;
  if (outcome.status !== 'succeeded') return false;
  const said = [resultOf(outcome), artifacts.map(contentOf)];
  return JSON.stringify(said) === JSON.stringify([job.result, job.artifacts.map(contentOf)]);
}

const contentOf = ({ name, size, sha256 }: StoredArtifact) => [name, size, sha256];

function failed(job: Draft, error: JobError, jitter: number, now: number): JobRecord {
  if (job.cancel_requested_at === null) return decided(job, decideRetry(job, error, now, jitter), error, now);
  const message = `canceled; it ended with: ${error.message}`.slice(0, 500);
  job.error = error;
  return end(job, 'canceled', { code: 'canceled', message }, now);
}

function lost(job: Draft, attempt: Attempt, outcome: LostOutcome, now: number): JobRecord {
  if (job.cancel_requested_at !== null) {
    const message = `canceled, but its worker never confirmed: ${outcome.message}`;
    return end(job, 'canceled', { code: 'unconfirmed', message }, now);
  }
  const error: JobError = { cause: 'infra', code: outcome.code, message: outcome.message };
  const decision = decideLost(job, attempt.worker_id, error, now);
  job.lost_workers = [...new Set([...job.lost_workers, attempt.worker_id])];
  // Silence may be a line that is cut: then the attempt goes on where it is, if the job says so (C3).
  const adrift = job.on_partition === 'keep_running' && outcome.code === 'lease_expired';
  job.adrift = adrift ? attempt : null;
  return decided(job, decision, error, now);
}

const STOPPED_ALONE: JobError = {
  cause: 'infra',
  code: 'stopped_by_worker',
  message: 'the worker stopped it though no cancel was asked for',
};

function decided(job: Draft, decision: RetryDecision, error: JobError, now: number): JobRecord {
  job.error = error;
  if (decision.kind === 'end') return end(job, decision.state, decision.reason, now);
  const { cause, memory_factor } = decision;
  job.retries_used = { ...job.retries_used, [cause]: job.retries_used[cause] + 1 };
  if (memory_factor !== 1) {
    const { memory_bytes } = job.requirements;
    job.requirements = { ...job.requirements, memory_bytes: memory_bytes * memory_factor };
    job.class_key = classOf(job.module, job.requirements, job);
  }
  job.artifacts = [];
  if (!goesOn(error)) job.checkpoint = null;
  return requeue(job, decision.reason, decision.eligible_at, now);
}

/** After a failure of the module's own, what it had saved may be the reason; and what cannot be read helps nobody (C9). */
const goesOn = ({ cause, code }: JobError): boolean => cause !== 'user' && code !== CHECKPOINT_UNREADABLE;
