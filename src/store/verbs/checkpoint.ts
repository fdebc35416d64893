import { transition } from '../../core/transition.ts';
import type { CheckpointItem, CheckpointResult } from '../job-store.ts';
import type { Tables } from '../tables.ts';
import type { Verbs } from '../verbs.ts';
import { saveChange } from './job-change.ts';

export const commitCheckpoints: Verbs['commitCheckpoints'] = (tables, [items], now) => {
  tables.fetchJobs(items.map((item) => item.attempt.job_id));
  return items.map((item) => commit(tables, item, now));
};

/** C2: fenced like every other write of an attempt. */
function commit(tables: Tables, item: CheckpointItem, now: number): CheckpointResult {
  const job = tables.job(item.attempt.job_id);
  if (job === null) return { kind: 'lease_lost' };
  const next = transition(job, { kind: 'checkpoint', ...item }, now);
  if (!next.ok) return { kind: next.refusal === 'no_change' ? 'duplicate' : 'lease_lost' };
  saveChange(tables, job, next.job, now);
  return { kind: 'committed', superseded: job.checkpoint };
}
