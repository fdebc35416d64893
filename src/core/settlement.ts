import { CHECKPOINT_UNREADABLE, type LostOutcome, type Outcome } from '../protocol/attempt.ts';
import type { JobError } from '../protocol/job.ts';
import { failedOn } from './breaker.ts';
import type { Attempt, JobRecord, StoredArtifact } from './job.ts';
import { classOf } from './requirement-class.ts';
import { decideLost, decideRetry, type RetryDecision } from './retry.ts';
import { end, requeue } from './status.ts';

export interface Settlement {
  readonly outcome: Outcome;
  /** of the outcome's canonical form: the same hash again is the same answer again */
  readonly hash: string;
  readonly artifacts: readonly StoredArtifact[];
  /** uniform in [0, 1) */
  readonly jitter: number;
}

/** Where a job stands after its attempt ended so (C5, C7, C8, C9). */
export function conclude(job: JobRecord, attempt: Attempt, event: Settlement, now: number): JobRecord {
  const { outcome } = event;
  switch (outcome.status) {
    case 'succeeded': {
      const { engine, output, metrics, warnings } = outcome;
      const result = { engine, output: output ?? null, metrics, warnings };
      const reason = { code: 'succeeded', message: `done by ${engine}` };
      return end(
        { ...job, result, artifacts: event.artifacts, progress: { percent: 100 }, error: null },
        'succeeded',
        reason,
        now,
      );
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
      return failed(
        { ...job, artifacts: event.artifacts, failed_on: failedOn(job, attempt.worker_id, outcome) },
        outcome.error,
        event.jitter,
        now,
      );
    case 'preempted':
      return job.cancel_requested_at === null
        ? requeue(job, { code: 'preempted', message: outcome.message }, job.eligible_at, now)
        : end(job, 'canceled', { code: 'canceled', message: 'canceled while its worker drained' }, now);
    case 'lost':
      return lost(job, attempt, outcome, now);
  }
}

function failed(job: JobRecord, error: JobError, jitter: number, now: number): JobRecord {
  if (job.cancel_requested_at === null) return decided(job, decideRetry(job, error, now, jitter), error, now);
  const message = `canceled; it ended with: ${error.message}`.slice(0, 500);
  return end({ ...job, error }, 'canceled', { code: 'canceled', message }, now);
}

function lost(job: JobRecord, attempt: Attempt, outcome: LostOutcome, now: number): JobRecord {
  if (job.cancel_requested_at !== null) {
    const message = `canceled, but its worker never confirmed: ${outcome.message}`;
    return end(job, 'canceled', { code: 'unconfirmed', message }, now);
  }
  const error: JobError = { cause: 'infra', code: outcome.code, message: outcome.message };
  const decision = decideLost(job, attempt.worker_id, error, now);
  const lost_workers = [...new Set([...job.lost_workers, attempt.worker_id])];
  // Silence may be a line that is cut: then the attempt goes on where it is, if the job says so (C3).
  const adrift = job.on_partition === 'keep_running' && outcome.code === 'lease_expired' ? attempt : null;
  return decided({ ...job, lost_workers, adrift }, decision, error, now);
}

const STOPPED_ALONE: JobError = {
  cause: 'infra',
  code: 'stopped_by_worker',
  message: 'the worker stopped it though no cancel was asked for',
};

function decided(job: JobRecord, decision: RetryDecision, error: JobError, now: number): JobRecord {
  if (decision.kind === 'end') return end({ ...job, error }, decision.state, decision.reason, now);
  const used = { ...job.retries_used, [decision.cause]: job.retries_used[decision.cause] + 1 };
  const needs = { ...job.requirements, memory_bytes: job.requirements.memory_bytes * decision.memory_factor };
  const again = {
    ...job,
    artifacts: [],
    checkpoint: goesOn(error) ? job.checkpoint : null,
    retries_used: used,
    requirements: needs,
    class_key: classOf(job.module, needs),
    error,
  };
  return requeue(again, decision.reason, decision.eligible_at, now);
}

/** After a failure of the module's own, what it had saved may be the reason; and what cannot be read helps nobody (C9). */
const goesOn = ({ cause, code }: JobError): boolean => cause !== 'user' && code !== CHECKPOINT_UNREADABLE;
