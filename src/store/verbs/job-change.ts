import { heldAttempt, type JobRecord, type StoredCheckpoint } from '../../core/job.ts';
import { STARTED, transition } from '../../core/transition.ts';
import { holdKey } from '../../core/worker.ts';
import type { HiveEvent } from '../../protocol/event.ts';
import type { JobId } from '../../protocol/ids.ts';
import type { JobState } from '../../protocol/job.ts';
import { isTerminal } from '../../protocol/job-state.ts';
import type { Tables } from '../tables.ts';
import { isoTime } from './iso-time.ts';

/** Saves what became of a job, gives back what an ended attempt held, and tells the history. */
export function saveChange(tables: Tables, before: JobRecord, after: JobRecord, now: number): void {
  saveOne(tables, before, after, now);
  if (isTerminal(after.status.state)) releaseChildren(tables, after, now);
}

/** What ends may end others that depend on it, and so on: in a loop, for a chain may be long. */
function releaseChildren(tables: Tables, ended: JobRecord, now: number): void {
  const queue = [ended];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const children = tables.childrenOf(next.id);
    if (children.length === 0) continue;
    tables.fetchJobs(children);
    for (const child of children) {
      const after = tellChild(tables, child, next.id, next.status.state, now);
      if (after !== null && isTerminal(after.status.state)) queue.push(after);
    }
  }
}

/** Answers the child when this changed it. */
export function tellChild(
  tables: Tables,
  child: JobId,
  parent: JobId,
  state: JobState,
  now: number,
): JobRecord | null {
  const before = tables.job(child);
  if (before === null) return null;
  const next = transition(before, { kind: 'parent_ended', parent, succeeded: state === 'succeeded' }, now);
  if (!next.ok) return null;
  saveOne(tables, before, next.job, now);
  return next.job;
}

function saveOne(tables: Tables, before: JobRecord, after: JobRecord, now: number): void {
  tables.saveJob(after);
  if (heldAttempt(before) !== null && heldAttempt(after) === null) giveBack(tables, before, after);
  if (before.status.state !== after.status.state) tables.append(jobEvent(after, now));
}

/** C8: a cancel that nobody confirmed keeps its room, for the process may still run. */
function giveBack(tables: Tables, before: JobRecord, after: JobRecord): void {
  const attempt = heldAttempt(before);
  if (attempt === null) return;
  const key = holdKey({ job_id: before.id, epoch: attempt.epoch });
  const state = tables.worker(attempt.worker_id)?.state ?? 'offline';
  const mayStillRun =
    after.status.state === 'canceled' &&
    after.status.reason.code === 'unconfirmed' &&
    state !== 'lost' &&
    state !== 'offline';
  if (mayStillRun) tables.strand(attempt.worker_id, key);
  else tables.unhold(attempt.worker_id, key);
}

/** Of an attempt that began and ended in one. */
export function startedEvent(job: JobRecord, now: number): Omit<HiveEvent, 'seq'> {
  return { ...jobEvent(job, now), type: 'job.running', state: 'running', reason: STARTED };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
/** Names the checkpoint whose files are of no more use. */
export const forsaken = (before: JobRecord, after: JobRecord): { forsaken?: StoredCheckpoint } =>
  before.checkpoint !== null && after.checkpoint === null ? { forsaken: before.checkpoint } : {};

export function jobEvent(job: JobRecord, now: number): Omit<HiveEvent, 'seq'> {
  const { state, reason } = job.status;
  const event: Writable<Omit<HiveEvent, 'seq'>> = {
    at: isoTime(now),
    type: `job.${state}`,
    job_id: job.id,
    state,
    reason,
  };
  if (job.last_worker_id !== null) event.worker_id = job.last_worker_id;
  if (job.epoch > 0) event.attempt = job.epoch;
  return event;
}
