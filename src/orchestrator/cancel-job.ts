import type { JobRecord } from '../core/job.ts';
import { HiveError } from '../protocol/errors.ts';
import type { JobId } from '../protocol/ids.ts';
import { dropCheckpoints } from './checkpoints.ts';
import type { Deps } from './deps.ts';
import type { Caller } from './orchestrator.ts';
import { readJob } from './read-job.ts';
import type { Sessions } from './sessions.ts';

/** C8: the mark in the store is the truth and rides every beat reply; the pushed directive only makes it immediate. */
export async function cancelJob(
  deps: Deps,
  sessions: Sessions,
  id: JobId,
  caller: Caller,
): Promise<{ result: 'canceled' | 'canceling' | 'already'; job: JobRecord }> {
  await readJob(deps, id, caller);
  const [result] = await deps.store.jobs.requestCancel([id], `canceled by ${caller.principal}`);
  if (result === undefined || result.kind === 'not_found')
    throw new HiveError('job_not_found', `there is no job ${id}`);
  const attempt =
    result.kind === 'canceling' ? result.attempt : result.kind === 'canceled' ? result.released : null;
  if (attempt !== null) {
    const { epoch, nonce } = attempt;
    const directive = result.kind === 'canceling' ? 'cancel' : 'abandon';
    sessions.send(attempt.worker_id, { type: 'directive', attempt: { job_id: id, epoch, nonce }, directive });
  }
  if (result.kind === 'canceled' && result.forsaken !== undefined)
    await dropCheckpoints(deps, id, result.forsaken);
  return { result: result.kind, job: result.job };
}
