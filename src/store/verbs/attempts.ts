import { isCurrent, type JobRecord } from '../../core/job.ts';
import { asStarted, covers } from '../../core/resources.ts';
import { type Transition, transition } from '../../core/transition.ts';
import { freeRoom, holdKey } from '../../core/worker.ts';
import type { AttemptRef } from '../../protocol/attempt.ts';
import type { JobId } from '../../protocol/ids.ts';
import type { JobState } from '../../protocol/job.ts';
import type { RenewItem, RenewVerdict, StartItem } from '../job-store.ts';
import type { Tables } from '../tables.ts';
import type { Verbs } from '../verbs.ts';
import { saveChange } from './job-change.ts';
import { dropEnded, heard } from './worker-change.ts';

export const startAttempts: Verbs['startAttempts'] = (tables, [items], now) => {
  tables.fetchJobs(items.map((item) => item.attempt.job_id));
  return items.map((item) => start(tables, item, now));
};

function start(tables: Tables, { attempt, phase }: StartItem, now: number): JobState | 'lease_lost' {
  const job = tables.job(attempt.job_id);
  if (job === null) return 'lease_lost';
  const next = transition(job, { kind: phase === 'accepted' ? 'accept' : 'start', attempt }, now);
  if (!next.ok) return next.refusal === 'no_change' ? job.status.state : 'lease_lost';
  saveChange(tables, job, next.job, now);
  return next.job.status.state;
}

export const renewLeases: Verbs['renewLeases'] = (tables, [items, lease_ms], now) => {
  tables.fetchJobs(items.flatMap((item) => item.attempts.map((attempt) => attempt.job_id)));
  return items.map((item) => {
    const worker = tables.worker(item.worker_id);
    if (worker === null || worker.session !== item.session) return { kind: 'session_changed' };
    heard(tables, worker, now);
    dropEnded(tables, worker, item.attempts);
    const verdicts = item.attempts.map((attempt) =>
      renew(tables, item, attempt, worker.draining, now + lease_ms, now),
    );
    const { drain_until } = worker;
    const left = worker.draining && drain_until !== null ? Math.max(0, drain_until - now) : null;
    return { kind: 'renewed', verdicts, ...(left !== null && { drain_left_ms: left }) };
  });
};

function renew(
  tables: Tables,
  item: RenewItem,
  ref: RenewItem['attempts'][number],
  draining: boolean,
  lease_until: number,
  now: number,
): RenewVerdict {
  const job = tables.job(ref.job_id);
  if (job === null || job.last_worker_id !== item.worker_id) return 'abandon';
  const renewed = isCurrent(job, ref)
    ? transition(job, { kind: 'renew', attempt: ref, lease_until, progress: ref.progress }, now)
    : readopt(tables, item, job, ref, lease_until, now);
  if (renewed === null || !renewed.ok) return 'abandon';
  saveChange(tables, job, renewed.job, now);
  if (job.cancel_requested_at !== null) return 'cancel';
  return draining ? 'drain' : 'continue';
}

/** C3: an attempt that was told to go on while it was cut off gets its job and its room back, if both are still free. */
function readopt(
  tables: Tables,
  { worker_id, session }: RenewItem,
  job: JobRecord,
  attempt: AttemptRef,
  lease_until: number,
  now: number,
): Transition | null {
  const worker = tables.worker(worker_id);
  const { adrift } = job;
  if (worker === null || adrift === null || !covers(freeRoom(worker), asStarted(adrift.reserve))) return null;
  const next = transition(job, { kind: 'readopt', attempt, session, lease_until }, now);
  if (next.ok) tables.hold(worker_id, holdKey(attempt), adrift.reserve);
  return next;
}

export const releaseUndelivered: Verbs['releaseUndelivered'] = (tables, [attempts], now) => {
  tables.fetchJobs(attempts.map((attempt) => attempt.job_id));
  const released: JobId[] = [];
  for (const attempt of attempts) {
    const job = tables.job(attempt.job_id);
    const next = job === null ? null : transition(job, { kind: 'release', attempt }, now);
    if (job === null || next === null || !next.ok) continue;
    saveChange(tables, job, next.job, now);
    released.push(job.id);
  }
  return released;
};
