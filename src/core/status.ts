import type { Reason } from '../protocol/job.ts';
import { type JobRecord, type JobStatus, TIMELINE_MAX } from './job.ts';
import { rankOf } from './rank.ts';

/** Puts the job back into the queue at `eligibleAt`; what its last attempt left is gone. */
export function requeue(job: JobRecord, reason: Reason, eligibleAt: number, now: number): JobRecord {
  const queued: JobRecord = {
    ...job,
    eligible_at: eligibleAt,
    rank: rankOf(eligibleAt, job.priority),
    wake_at: eligibleAt > now ? eligibleAt : null,
    queued_at: now,
    placed_at: null,
    started_at: null,
    progress: null,
  };
  return enter(queued, { state: 'queued', reason }, now);
}

/** Ends the job for good. */
export function end(
  job: JobRecord,
  state: Extract<JobStatus, { reason: Reason }>['state'],
  reason: Reason,
  now: number,
): JobRecord {
  const ended = { ...job, finished_at: now, wake_at: null, checkpoint: null, adrift: null };
  return enter(ended, { state, reason } as JobStatus, now);
}

/** Every change of state passes here, so that none misses the job's own timeline. */
export function enter(job: JobRecord, status: JobStatus, now: number): JobRecord {
  const point = { at: now, state: status.state, code: status.reason.code, attempt: job.epoch };
  const kept = job.timeline.length >= TIMELINE_MAX ? job.timeline.slice(1 - TIMELINE_MAX) : job.timeline;
  return { ...job, status, timeline: [...kept, point] };
}
