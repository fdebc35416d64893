import { type JobRecord, writerOf } from '../core/job.ts';
import type { AttemptRef } from '../protocol/attempt.ts';
import { HiveError } from '../protocol/errors.ts';
import type { Deps } from './deps.ts';

/** The job, when the attempt holds it or may still get it back; otherwise the write is stale and changes nothing (C2). */
export async function requireCurrent(deps: Deps, attempt: AttemptRef): Promise<JobRecord> {
  const found = await deps.store.jobs.getJob({ job: attempt.job_id });
  if (found === null) throw new HiveError('job_not_found', `there is no job ${attempt.job_id}`);
  if (writerOf(found.job, attempt) === null) {
    throw leaseLost(attempt);
  }
  return found.job;
}

export const leaseLost = (attempt: AttemptRef): HiveError =>
  new HiveError('lease_lost', `attempt ${attempt.epoch} of ${attempt.job_id} no longer holds the job`, {
    hint: 'abandon the attempt: the job went on without it',
  });
