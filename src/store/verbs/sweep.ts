import { heldAttempt, type JobRecord } from '../../core/job.ts';
import { type JobEvent, transition } from '../../core/transition.ts';
import type { ExpireQuery, ExpireResult } from '../job-store.ts';
import type { Tables } from '../tables.ts';
import type { Verbs } from '../verbs.ts';
import { saveChange } from './job-change.ts';

type Lost = ExpireResult['lost'][number];

export const expireLeases: Verbs['expireLeases'] = (tables, [query], now) => {
  const lostBy = now - (query.lost_after_ms - query.lease_ms);
  const overdue = tables.leasesUntil(lostBy, query.limit);
  // C3: after a start or a stall the caller spares every lease by a bound that lies before all time.
  const sparing = lostBy < 0;
  const silent = sparing ? [] : tables.unmarkedUntil(now, query.limit);
  const lost = new Map(overdue.map((job) => [job.id, lostOf(job)]));
  for (const job of silent) {
    // C8: a cancel waits for an answer until the lease ends and no longer, for the job starts nowhere else.
    if (job.cancel_requested_at !== null) lost.set(job.id, lostOf(job));
    const attempt = heldAttempt(job);
    if (attempt !== null) change(tables, job, { kind: 'suspect', attempt }, now);
  }
  const late = tables.deadlinesUntil(now, query.limit);
  for (const job of late) change(tables, job, { kind: 'expire' }, now);
  const due = tables.wakesUntil(now, query.limit);
  for (const job of due) change(tables, job, { kind: 'wake' }, now);
  const full = [overdue, silent, late, due].some((found) => found.length >= query.limit);
  const next_at = full ? now : nextInstant(tables, query, lostBy, now);
  return {
    lost: [...lost.values()].flatMap((entry) => (entry === null ? [] : [entry])),
    woken: due.length,
    expired: late.length,
    next_at,
  };
};

function lostOf(job: JobRecord): Lost | null {
  const attempt = heldAttempt(job);
  if (attempt === null) return null;
  const { epoch, nonce, worker_id, lease_until } = attempt;
  return { job_id: job.id, epoch, nonce, worker_id, lease_until };
}

function change(tables: Tables, job: JobRecord, event: JobEvent, now: number): void {
  const next = transition(job, event, now);
  if (next.ok) saveChange(tables, job, next.job, now);
}

function nextInstant(tables: Tables, query: ExpireQuery, lostBy: number, now: number): number | null {
  const lease = tables.firstLeaseAfter(lostBy);
  const instants = [
    lease === null || lostBy < 0 ? null : lease + query.lost_after_ms - query.lease_ms,
    tables.firstUnmarkedAfter(now),
    tables.firstWakeAfter(now),
    tables.firstDeadlineAfter(now),
  ].filter((at) => at !== null);
  return instants.length === 0 ? null : Math.min(...instants);
}
