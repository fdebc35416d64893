import type { Reason } from '../protocol/job.ts';
import { type JobRecord, type JobStatus, TIMELINE_MAX } from './job.ts';
import { rankOf } from './rank.ts';

/** A copy of a job that nobody else has seen yet: one transition fills one copy. */
export type Draft = { -readonly [K in keyof JobRecord]: JobRecord[K] };
export const draftOf = (job: JobRecord): Draft => ({ ...job });

/** Puts the job back into the queue at `eligibleAt`; what its last attempt left is gone. */
export function requeue(draft: Draft, reason: Reason, eligibleAt: number, now: number): JobRecord {
  draft.eligible_at = eligibleAt;
  draft.rank = rankOf(eligibleAt, draft.priority, draft.strict);
  draft.wake_at = eligibleAt > now ? eligibleAt : null;
  draft.queued_at = now;
  draft.placed_at = null;
  draft.started_at = null;
  draft.progress = null;
  return enter(draft, { state: 'queued', reason }, now);
}

/** Ends the job for good. */
export function end(
  draft: Draft,
  state: Extract<JobStatus, { reason: Reason }>['state'],
  reason: Reason,
  now: number,
): JobRecord {
  draft.finished_at = now;
  draft.wake_at = null;
  draft.checkpoint = null;
  draft.adrift = null;
  if (draft.waits_for.length > 0) draft.waits_for = [];
  return enter(draft, { state, reason } as JobStatus, now);
}

/** Every change of state passes here, so that none misses the job's own timeline. */
export function enter(draft: Draft, status: JobStatus, now: number): JobRecord {
  const { timeline, epoch } = draft;
  const point = { at: now, state: status.state, code: status.reason.code, attempt: epoch };
  const kept = timeline.length >= TIMELINE_MAX ? timeline.slice(1 - TIMELINE_MAX) : timeline;
  draft.status = status;
  draft.timeline = [...kept, point];
  return draft;
}
