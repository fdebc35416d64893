import type { Outcome } from '../protocol/attempt.ts';
import { CHECKPOINT_UNREADABLE } from '../protocol/attempt.ts';
import { ERRORS } from '../protocol/errors.ts';
import type { WorkerId } from '../protocol/ids.ts';
import type { JobRecord } from './job.ts';
import type { WorkerRecord } from './worker.ts';

/** A worker that fails this many distinct jobs in a row gets no more (C7). */
const CORDON_AFTER = 3;

/**
 * Failures of infrastructure that say nothing of the worker that reports them: it was told to stop, or what it was given
 * was bad. The orchestrator's own refusals, which it passes on, are such too.
 */
const NOT_ITS_FAULT: ReadonlySet<string> = new Set([
  'worker_fence',
  'worker_kill',
  'bad_assignment',
  'input_corrupt',
  CHECKPOINT_UNREADABLE,
]);

const isWorkersFault = (code: string): boolean =>
  !NOT_ITS_FAULT.has(code) && !(code in ERRORS) && !code.startsWith('http_');

/**
 * What the end of an attempt says of its worker. A failure of the job's own, a time-out or a lack of memory says nothing:
 * three jobs with bugs must not take a healthy worker away. Nor does a loss: one restart loses all that ran.
 */
function evidenceOf(outcome: Outcome): 'good' | 'bad' | 'none' {
  if (outcome.status === 'succeeded') return 'good';
  if (outcome.status !== 'failed' || outcome.error.cause !== 'infra') return 'none';
  return isWorkersFault(outcome.error.code) ? 'bad' : 'none';
}

/** The worker after an attempt of the job ended on it so; the same record when that says nothing. */
export function weigh(worker: WorkerRecord, job: JobRecord, outcome: Outcome): WorkerRecord {
  const evidence = evidenceOf(outcome);
  const failed = worker.failed_jobs ?? [];
  if (evidence === 'good') return failed.length === 0 ? worker : { ...worker, failed_jobs: [] };
  // What failed so on another worker too is the job's doing.
  const suspicious = evidence === 'bad' && !failed.includes(job.id) && job.failed_on.length === 0;
  if (!suspicious) return worker;
  const marked = { ...worker, failed_jobs: [...failed, job.id] };
  const last = outcome.status === 'failed' ? outcome.error.message : '';
  return marked.failed_jobs.length < CORDON_AFTER || worker.draining ? marked : cordoned(marked, last);
}

function cordoned(worker: WorkerRecord, last: string): WorkerRecord {
  const message = `${CORDON_AFTER} jobs in a row failed on it, the last with: ${last}`.slice(0, 500);
  const cordon = { code: 'cordoned', message };
  const here = worker.state === 'online';
  return {
    ...worker,
    draining: true,
    drain_until: null,
    cordon,
    ...(here && { state: 'draining', reason: cordon }),
  };
}

/** The job failed elsewhere too: what it did to this worker no longer counts, and a cordon it made is taken back. */
export function acquit(worker: WorkerRecord, job: JobRecord): WorkerRecord {
  const failed = worker.failed_jobs ?? [];
  if (!failed.includes(job.id)) return worker;
  const { cordon, ...rest } = { ...worker, failed_jobs: failed.filter((id) => id !== job.id) };
  if (cordon === undefined) return rest;
  const reason = { code: 'acquitted', message: 'a job that failed on it failed elsewhere too' };
  return { ...rest, draining: false, ...(worker.state === 'draining' && { state: 'online', reason }) };
}

/** Workers that the job failed on, with this one. */
export const failedOn = (job: JobRecord, worker: WorkerId, outcome: Outcome): readonly WorkerId[] =>
  evidenceOf(outcome) === 'bad' && !job.failed_on.includes(worker)
    ? [...job.failed_on, worker]
    : job.failed_on;
