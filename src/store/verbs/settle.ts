import { heldAttempt, type JobRecord } from '../../core/job.ts';
import { transition } from '../../core/transition.ts';
import { holdKey } from '../../core/worker.ts';
import type { Outcome } from '../../protocol/attempt.ts';
import type { SettleItem, SettleResult } from '../job-store.ts';
import type { Tables } from '../tables.ts';
import type { Verbs } from '../verbs.ts';
import { forsaken, saveChange, startedEvent } from './job-change.ts';

export const settle: Verbs['settle'] = (tables, [items], now) => {
  tables.fetchJobs(items.map((item) => item.attempt.job_id));
  return items.map((item) => settleOne(tables, item, now));
};

/** C5: the first outcome of an attempt counts; the same again is a duplicate, another one a conflict. */
function settleOne(tables: Tables, item: SettleItem, now: number): SettleResult {
  const job = tables.job(item.attempt.job_id);
  if (job === null) return { kind: 'lease_lost' };
  const next = transition(job, { kind: 'settle', ...item }, now);
  if (next.ok) {
    if (item.begun === true && job.status.state === 'starting') tables.append(startedEvent(job, now));
    saveChange(tables, job, next.job, now);
    if (processIsGone(item.outcome)) dropHold(tables, job);
    return { kind: 'committed', job: next.job, ...forsaken(job, next.job) };
  }
  const { refusal } = next;
  return { kind: refusal === 'duplicate' || refusal === 'conflict' ? refusal : 'lease_lost' };
}

/** Only silence leaves a doubt; after a restart or a good-bye nothing of the attempt runs any more. */
const processIsGone = (outcome: Outcome): boolean =>
  outcome.status === 'lost' && outcome.code !== 'lease_expired';

function dropHold(tables: Tables, before: JobRecord): void {
  const attempt = heldAttempt(before);
  if (attempt !== null)
    tables.unhold(attempt.worker_id, holdKey({ job_id: before.id, epoch: attempt.epoch }));
}
