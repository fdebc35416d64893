import type { WorkerId } from '../protocol/ids.ts';
import type { FailureCause, JobError, Reason, RetryPolicy } from '../protocol/job.ts';
import type { TerminalState } from '../protocol/job-state.ts';
import type { JobRecord } from './job.ts';

/** A job that takes down this many distinct workers is set aside (C7). */
export const QUARANTINE_AFTER = 3;

export type RetryDecision =
  | {
      readonly kind: 'retry';
      readonly reason: Reason;
      readonly cause: FailureCause;
      readonly eligible_at: number;
      /** grows what the job reserves */
      readonly memory_factor: number;
    }
  | { readonly kind: 'end'; readonly state: TerminalState; readonly reason: Reason };

/**
 * What follows a failed attempt (C7).
 * @param jitter uniform in [0, 1); the caller owns the source
 */
export function decideRetry(job: JobRecord, error: JobError, now: number, jitter: number): RetryDecision {
  const { cause } = error;
  const used = job.retries_used[cause];
  if (used >= job.retry[cause]) {
    return { kind: 'end', state: 'failed', reason: { code: error.code, message: error.message } };
  }
  const wait = backoff(job.retry, used, jitter);
  return {
    kind: 'retry',
    cause,
    // A worker's loss is not the job's fault: it keeps its old place in the queue.
    eligible_at: cause === 'infra' ? job.eligible_at : now + wait,
    memory_factor: cause === 'oom' ? 2 : 1,
    reason: {
      code: `retry_${cause}`,
      message: `retry ${used + 1} of ${job.retry[cause]} after: ${error.message}`.slice(0, 500),
    },
  };
}

/** Exponential back-off with full jitter (Brooker, "Exponential Backoff And Jitter", AWS 2015). */
export function backoff(policy: RetryPolicy, used: number, jitter: number): number {
  return Math.round(jitter * Math.min(policy.max_backoff_ms, policy.backoff_ms * 2 ** used));
}

/** What follows an attempt whose worker is gone. */
export function decideLost(job: JobRecord, worker: WorkerId, error: JobError, now: number): RetryDecision {
  const distinct = new Set([...job.lost_workers, worker]).size;
  if (distinct >= QUARANTINE_AFTER) {
    return {
      kind: 'end',
      state: 'quarantined',
      reason: {
        code: 'quarantined',
        message: `${distinct} distinct workers went down while they ran it; last: ${error.message}`,
      },
    };
  }
  return decideRetry(job, error, now, 0);
}
