import type { JobId } from '../protocol/ids.ts';
import type { JobPatch, ManifestEntry, Progress, Reason } from '../protocol/job.ts';
import { isTerminal } from '../protocol/job-state.ts';
import { type Attempt, heldAttempt, isCurrent, type JobRecord, type JobStatus, writerOf } from './job.ts';
import { rankOf } from './rank.ts';
import { conclude, isSaidAgain, type Settlement } from './settlement.ts';
import { type Draft, draftOf, end, enter, requeue } from './status.ts';

/*
 *            ┌────────────── retry, lost, preempted, undelivered ─────────────┐
 *            ▼                                                                │
 *  blocked → queued ── place ──► starting ── start ──► running ── settle ─────┤
 *     │        │                    │                     │                   ▼
 *     │        └─ deadline ► expired└──── settle, lost ───┴──► succeeded · failed · canceled · quarantined
 *     └────────┴─ cancel ──► canceled (at once unless a worker has accepted it)
 */

interface AttemptKey {
  readonly epoch: number;
  readonly nonce: string;
}

export type JobEvent =
  | { readonly kind: 'place'; readonly attempt: Omit<Attempt, 'epoch' | 'placed_at' | 'started_at'> }
  | { readonly kind: 'accept'; readonly attempt: AttemptKey }
  | { readonly kind: 'start'; readonly attempt: AttemptKey }
  | {
      readonly kind: 'renew';
      readonly attempt: AttemptKey;
      readonly lease_until: number;
      readonly progress?: Progress | undefined;
    }
  | {
      readonly kind: 'checkpoint';
      readonly attempt: AttemptKey;
      readonly seq: number;
      readonly files: readonly ManifestEntry[];
    }
  | {
      readonly kind: 'readopt';
      readonly attempt: AttemptKey;
      readonly session: number;
      readonly lease_until: number;
    }
  | { readonly kind: 'suspect'; readonly attempt: AttemptKey }
  | { readonly kind: 'release'; readonly attempt: AttemptKey }
  | ({ readonly kind: 'settle'; readonly attempt: AttemptKey } & Settlement)
  | { readonly kind: 'cancel'; readonly message: string }
  | { readonly kind: 'parent_ended'; readonly parent: JobId; readonly succeeded: boolean }
  | { readonly kind: 'wake' }
  | { readonly kind: 'expire' }
  | { readonly kind: 'patch'; readonly patch: JobPatch };

export type Refusal =
  | 'not_queued'
  | 'not_ready'
  | 'lease_lost'
  | 'duplicate'
  | 'conflict'
  | 'already_ended'
  | 'no_change';
export type Transition =
  | { readonly ok: true; readonly job: JobRecord }
  | { readonly ok: false; readonly refusal: Refusal };

const refuse = (refusal: Refusal): Transition => ({ ok: false, refusal });
const accept = (job: JobRecord): Transition => ({ ok: true, job });

/** The one function that changes a job. Pure; `now` in Unix milliseconds of the store's clock. */
export function transition(job: JobRecord, event: JobEvent, now: number): Transition {
  switch (event.kind) {
    case 'place':
      return place(job, event.attempt, now);
    case 'accept':
    case 'start':
    case 'renew':
    case 'suspect':
    case 'release':
      return isCurrent(job, event.attempt) ? advance(job, event, now) : refuse('lease_lost');
    case 'checkpoint':
      return checkpoint(job, event, now);
    case 'readopt':
      return readopt(job, event, now);
    case 'settle':
      return settle(job, event, now);
    case 'cancel':
      return cancel(job, event.message, now);
    case 'wake':
      return job.status.state === 'queued' && job.wake_at !== null
        ? accept({ ...job, wake_at: null, status: { state: 'queued', reason: WAITING } })
        : refuse('no_change');
    case 'parent_ended':
      return parentEnded(job, event.parent, event.succeeded, now);
    case 'expire':
      return job.status.state === 'queued' || job.status.state === 'blocked'
        ? accept(
            end(
              draftOf(job),
              'expired',
              { code: 'deadline', message: 'did not start before its deadline' },
              now,
            ),
          )
        : refuse('no_change');
    case 'patch':
      return isTerminal(job.status.state) ? refuse('already_ended') : accept(patch(job, event.patch));
  }
}

const RELEASED: Reason = { code: 'released', message: 'what it depends on has ended; waits for a worker' };
const SENT_AHEAD: Reason = {
  code: 'prefetched',
  message: 'sent ahead: it starts when its worker has room',
};
const ASSIGNED: Reason = { code: 'assigned', message: 'sent to a worker' };
export const STARTED: Reason = { code: 'started', message: 'runs on a worker' };
const WAITING: Reason = { code: 'waiting', message: 'waits for a worker' };

/** A blocked job is queued when its last parent has ended, and waits from that moment. */
function parentEnded(job: JobRecord, parent: JobId, succeeded: boolean, now: number): Transition {
  if (job.status.state !== 'blocked' || !job.waits_for.includes(parent)) return refuse('no_change');
  const draft = draftOf(job);
  draft.waits_for = job.waits_for.filter((id) => id !== parent);
  if (!succeeded && job.on_parent_failure === 'cancel') {
    draft.waits_for = [];
    const reason = { code: 'parent_failed', message: `${parent}, which it depends on, did not succeed` };
    return accept(end(draft, 'canceled', reason, now));
  }
  if (draft.waits_for.length > 0) return accept(draft);
  return accept(requeue(draft, RELEASED, Math.max(now, job.run_at ?? 0), now));
}

function place(
  job: JobRecord,
  placed: Omit<Attempt, 'epoch' | 'placed_at' | 'started_at'>,
  now: number,
): Transition {
  if (job.status.state !== 'queued') return refuse('not_queued');
  if (job.wake_at !== null) return refuse('not_ready');
  const epoch = job.epoch + 1;
  const { nonce, worker_id, session, lease_until, reserve } = placed;
  const attempt: Attempt = {
    epoch,
    nonce,
    worker_id,
    session,
    lease_until,
    placed_at: now,
    started_at: null,
    reserve,
  };
  const draft = draftOf(job);
  draft.epoch = epoch;
  draft.adrift = null;
  draft.progress = null;
  draft.placed_at = now;
  draft.last_worker_id = placed.worker_id;
  const reason = placed.reserve.slots === 0 ? SENT_AHEAD : ASSIGNED;
  return accept(enter(draft, { state: 'starting', reason, attempt, accepted: false }, now));
}

type HeldEvent = Extract<JobEvent, { kind: 'accept' | 'start' | 'renew' | 'suspect' | 'release' }>;

function advance(job: JobRecord, event: HeldEvent, now: number): Transition {
  const { status } = job;
  if (status.state !== 'starting' && status.state !== 'running') return refuse('lease_lost');
  switch (event.kind) {
    case 'accept':
      return status.state === 'starting'
        ? accept({ ...job, status: { ...status, accepted: true } })
        : refuse('no_change');
    case 'start':
      return status.state === 'starting'
        ? accept(start(draftOf(job), status.attempt, now))
        : refuse('no_change');
    case 'renew':
      return accept(renew(job, status, event.lease_until, event.progress));
    case 'suspect':
      return accept({ ...job, status: suspected(status) });
    case 'release':
      if (status.state !== 'starting' || status.accepted) return refuse('no_change');
      return accept(
        requeue(
          draftOf(job),
          { code: 'undelivered', message: 'the worker did not take it; waits for a worker' },
          job.eligible_at,
          now,
        ),
      );
  }
}

type Held = Extract<JobStatus, { state: 'starting' | 'running' }>;

function start(draft: Draft, attempt: Attempt, now: number): JobRecord {
  const running: Attempt = { ...attempt, started_at: now };
  draft.started_at = now;
  return enter(draft, { state: 'running', reason: STARTED, attempt: running, suspect: false }, now);
}

function renew(job: JobRecord, status: Held, leaseUntil: number, progress: Progress | undefined): JobRecord {
  const attempt = { ...status.attempt, lease_until: leaseUntil };
  const renewed: Held =
    status.state === 'running'
      ? { ...status, attempt, suspect: false }
      : { ...status, attempt, accepted: true };
  const behind = progress !== undefined && progress.percent < (job.progress?.percent ?? 0);
  return { ...job, status: renewed, progress: progress === undefined || behind ? job.progress : progress };
}

type CheckpointEvent = Extract<JobEvent, { kind: 'checkpoint' }>;

/** The same again, or one that a later one of the attempt has overtaken, changes nothing. */
function checkpoint(job: JobRecord, event: CheckpointEvent, now: number): Transition {
  if (writerOf(job, event.attempt) === null) return refuse('lease_lost');
  const { epoch, nonce } = event.attempt;
  const { seq, files } = event;
  const last = job.checkpoint;
  if (last !== null && last.epoch === epoch && last.nonce === nonce && last.seq >= seq)
    return refuse('no_change');
  return accept({ ...job, checkpoint: { epoch, nonce, seq, at: now, files } });
}

type ReadoptEvent = Extract<JobEvent, { kind: 'readopt' }>;

/** Its worker is back, it never stopped, and nobody else has begun: the loss did not happen (C3). */
function readopt(job: JobRecord, event: ReadoptEvent, now: number): Transition {
  const { adrift } = job;
  const { epoch, nonce } = event.attempt;
  const free = job.status.state === 'queued' && job.epoch === epoch;
  if (adrift === null || !free || adrift.epoch !== epoch || adrift.nonce !== nonce)
    return refuse('lease_lost');
  const { session, lease_until } = event;
  const started_at = adrift.started_at ?? now;
  const attempt = { ...adrift, session, lease_until, started_at };
  const reason = { code: 'reconnected', message: 'its worker was cut off, is back and still runs it' };
  const { retries_used, lost_workers } = job;
  const back = {
    ...job,
    adrift: null,
    error: null,
    wake_at: null,
    placed_at: adrift.placed_at,
    started_at,
    retries_used: { ...retries_used, infra: retries_used.infra - 1 },
    lost_workers: lost_workers.filter((worker) => worker !== adrift.worker_id),
  };
  return accept(enter(back, { state: 'running', reason, attempt, suspect: false }, now));
}

const suspected = (status: Held): Held =>
  status.state === 'running' ? { ...status, suspect: true } : status;

function cancel(job: JobRecord, message: string, now: number): Transition {
  const { status } = job;
  if (isTerminal(status.state)) return refuse('already_ended');
  if (job.cancel_requested_at !== null) return refuse('no_change');
  const marked = { ...job, cancel_requested_at: now };
  const accepted = status.state === 'running' || (status.state === 'starting' && status.accepted);
  if (accepted) return accept(marked);
  // A raised epoch makes an assignment that is still on its way stale when it arrives.
  const epoch = status.state === 'starting' ? job.epoch + 1 : job.epoch;
  const reason =
    job.adrift === null
      ? { code: 'canceled', message }
      : { code: 'unconfirmed', message: `${message}; a worker that is cut off may run it until it is back` };
  return accept(end({ ...marked, epoch }, 'canceled', reason, now));
}

function patch(job: JobRecord, change: JobPatch): JobRecord {
  const priority = change.priority ?? job.priority;
  return {
    ...job,
    priority,
    labels: change.labels ?? job.labels,
    rank: rankOf(job.eligible_at, priority, job.strict),
  };
}

type SettleEvent = Extract<JobEvent, { kind: 'settle' }>;

function settle(job: JobRecord, event: SettleEvent, now: number): Transition {
  const { settled } = job;
  if (settled !== null && settled.epoch === event.attempt.epoch && settled.nonce === event.attempt.nonce) {
    return refuse(isSaidAgain(job, settled, event) ? 'duplicate' : 'conflict');
  }
  const attempt = heldAttempt(job);
  if (attempt === null || !isCurrent(job, event.attempt)) return refuse('lease_lost');
  const { outcome } = event;
  // It was heard between the look at its lease and this commit.
  if (outcome.status === 'lost' && (outcome.lease_until ?? attempt.lease_until) !== attempt.lease_until)
    return refuse('no_change');
  const draft = draftOf(job);
  if (event.begun === true && draft.status.state === 'starting') start(draft, attempt, now);
  // A lost attempt stays open to a late answer of nobody: its fence is the raised epoch, not a stored hash.
  if (outcome.status !== 'lost') {
    draft.settled = { epoch: attempt.epoch, nonce: attempt.nonce, hash: event.hash };
  }
  return accept(conclude(draft, attempt, event, now));
}
