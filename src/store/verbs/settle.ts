import { acquit, weigh } from '../../core/breaker.ts';
import { heldAttempt, type JobRecord } from '../../core/job.ts';
import { transition } from '../../core/transition.ts';
import { holdKey } from '../../core/worker.ts';
import type { Outcome } from '../../protocol/attempt.ts';
import type { SettleItem, SettleResult } from '../job-store.ts';
import type { Tables } from '../tables.ts';
import type { Verbs } from '../verbs.ts';
import { forsaken, saveChange, startedEvent } from './job-change.ts';
import { saveWorkerChange } from './worker-change.ts';

export const settle: Verbs['settle'] = (tables, [items], now) => {
  tables.fetchJobs(items.map((item) => item.attempt.job_id));
  return items.map((item) => settleOne(tables, item, now));
};

/** C5: the first outcome of an attempt counts; the same again is a duplicate, another one a conflict. */
function settleOne(tables: Tables, item: SettleItem, now: number): SettleResult {
  const job = tables.job(item.attempt.job_id);
  if (job === null) return { kind: 'lease_lost' };
  const next = transition(job, { ...item, kind: 'settle' }, now);
  if (next.ok) {
    if (item.begun === true && job.status.state === 'starting') tables.append(startedEvent(job, now));
    saveChange(tables, job, next.job, now);
    if (processIsGone(item.outcome)) dropHold(tables, job);
    judgeWorkers(tables, job, next.job, item.outcome, now);
    return { ...forsaken(job, next.job), kind: 'committed', job: next.job };
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

/** C7: three distinct jobs in a row cordon their worker; a job that fails on another one too clears the first. */
function judgeWorkers(
  tables: Tables,
  before: JobRecord,
  after: JobRecord,
  outcome: Outcome,
  now: number,
): void {
  const id = heldAttempt(before)?.worker_id;
  const worker = id === undefined ? null : tables.worker(id);
  if (worker === null) return;
  const weighed = weigh(worker, before, outcome);
  if (weighed !== worker) saveWorkerChange(tables, worker, weighed, now);
  if (after.failed_on.length === before.failed_on.length) return;
  for (const other of before.failed_on) {
    const suspect = tables.worker(other);
    const cleared = suspect === null ? null : acquit(suspect, before);
    if (suspect !== null && cleared !== null && cleared !== suspect)
      saveWorkerChange(tables, suspect, cleared, now);
  }
}
