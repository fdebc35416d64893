import { heldAttempt } from '../../core/job.ts';
import { transition } from '../../core/transition.ts';
import type { JobId } from '../../protocol/ids.ts';
import { isTerminal } from '../../protocol/job-state.ts';
import type { CancelResult } from '../job-store.ts';
import type { Tables } from '../tables.ts';
import type { Verbs } from '../verbs.ts';
import { forsaken, saveChange } from './job-change.ts';

export const requestCancel: Verbs['requestCancel'] = (tables, [ids, message], now) => {
  tables.fetchJobs(ids);
  return ids.map((id) => cancel(tables, id, message, now));
};

/** C8: at once while no worker has accepted it; else a mark that rides every beat reply. */
function cancel(tables: Tables, id: JobId, message: string, now: number): CancelResult {
  const job = tables.job(id);
  if (job === null) return { kind: 'not_found' };
  const next = transition(job, { kind: 'cancel', message }, now);
  const held = heldAttempt(job);
  if (!next.ok) return held === null ? { kind: 'already', job } : { kind: 'canceling', job, attempt: held };
  saveChange(tables, job, next.job, now);
  if (isTerminal(next.job.status.state) || held === null) {
    return { kind: 'canceled', job: next.job, released: held, ...forsaken(job, next.job) };
  }
  return { kind: 'canceling', job: next.job, attempt: held };
}
