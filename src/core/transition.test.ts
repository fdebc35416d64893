import { expect, test } from 'vitest';
import type { Outcome } from '../protocol/attempt.ts';
import type { JobId, WorkerId } from '../protocol/ids.ts';
import { heldAttempt, type JobRecord, type NewJobSpec, newJob, TIMELINE_MAX } from './job.ts';
import { rankOf } from './rank.ts';
import { type JobEvent, type Refusal, transition } from './transition.ts';

const RESERVE = { slots: 1, cpu: 1, memory_bytes: 0, gpus: [], vram_bytes: 0 };
const SPEC: NewJobSpec = {
  id: 'job_1' as JobId,
  tenant: 'default',
  principal: 'tester',
  module: 'echo',
  name: null,
  input: {},
  files: [],
  retry: { user: 1, infra: 2, oom: 1, timeout: 0, backoff_ms: 1000, max_backoff_ms: 60_000 },
  timeout_ms: 1000,
  run_at: null,
  deadline_at: null,
  group_id: null,
  retry_of: null,
  depends_on: [],
  on_parent_failure: 'cancel',
  unique_key: null,
  concurrency: null,
  strict: false,
  created_at: 1000,
  priority: 0,
  labels: {},
  requirements: {
    cpu: 1,
    memory_bytes: 1000,
    gpu: 'none',
    gpu_count: 0,
    vram_bytes: 0,
    capabilities: [],
    labels: {},
  },
};
const WORKER = 'wrk_1' as WorkerId;

const placed = (nonce = 'n1', worker_id = WORKER): JobEvent => ({
  kind: 'place',
  attempt: { nonce, worker_id, session: 1, lease_until: 31_000, reserve: RESERVE },
});
function step(job: JobRecord, event: JobEvent, now = 2000): JobRecord {
  const result = transition(job, event, now);
  if (!result.ok) throw new Error(`refused: ${result.refusal}`);
  return result.job;
}
function refusal(job: JobRecord, event: JobEvent, now = 2000): Refusal | null {
  const result = transition(job, event, now);
  return result.ok ? null : result.refusal;
}
const settle = (epoch: number, nonce: string, outcome: Outcome, hash = 'h'): JobEvent => ({
  kind: 'settle',
  attempt: { epoch, nonce },
  outcome,
  hash,
  artifacts: [],
  jitter: 0.5,
});

const FIRST = { epoch: 1, nonce: 'n1' };
const DONE: Outcome = {
  status: 'succeeded',
  engine: 'e',
  output: undefined,
  metrics: {},
  warnings: [],
  artifacts: [],
};
const FAILED: Outcome = {
  status: 'failed',
  error: { cause: 'user', code: 'broke', message: 'broke' },
  artifacts: [],
};
const LOST: Outcome = { status: 'lost', code: 'lease_expired', message: 'silence' };

const queued = newJob(SPEC);
const blocked: JobRecord = {
  ...queued,
  status: { state: 'blocked', reason: { code: 'waits', message: '' } },
};
const scheduled = newJob({ ...SPEC, run_at: 9000 });
const starting = step(queued, placed());
const accepted = step(starting, { kind: 'accept', attempt: FIRST });
const running = step(accepted, { kind: 'start', attempt: FIRST });
const succeeded = step(running, settle(1, 'n1', DONE));
const canceled = step(queued, { kind: 'cancel', message: 'stop' });

const EVENTS: Record<string, JobEvent> = {
  place: placed('n2'),
  accept: { kind: 'accept', attempt: FIRST },
  start: { kind: 'start', attempt: FIRST },
  renew: { kind: 'renew', attempt: FIRST, lease_until: 50_000 },
  suspect: { kind: 'suspect', attempt: FIRST },
  release: { kind: 'release', attempt: FIRST },
  settle: settle(1, 'n1', DONE),
  stale: settle(1, 'other', DONE),
  cancel: { kind: 'cancel', message: 'stop' },
  wake: { kind: 'wake' },
  expire: { kind: 'expire' },
  patch: { kind: 'patch', patch: { priority: 5 } },
};

/** The state that each event leads to, or why it is refused. */
const TABLE: Record<string, readonly [JobRecord, Record<keyof typeof EVENTS, string>]> = {
  blocked: [
    blocked,
    {
      place: '!not_queued',
      accept: '!lease_lost',
      start: '!lease_lost',
      renew: '!lease_lost',
      suspect: '!lease_lost',
      release: '!lease_lost',
      settle: '!lease_lost',
      stale: '!lease_lost',
      cancel: 'canceled',
      wake: '!no_change',
      expire: 'expired',
      patch: 'blocked',
    },
  ],
  queued: [
    queued,
    {
      place: 'starting',
      accept: '!lease_lost',
      start: '!lease_lost',
      renew: '!lease_lost',
      suspect: '!lease_lost',
      release: '!lease_lost',
      settle: '!lease_lost',
      stale: '!lease_lost',
      cancel: 'canceled',
      wake: '!no_change',
      expire: 'expired',
      patch: 'queued',
    },
  ],
  scheduled: [
    scheduled,
    {
      place: '!not_ready',
      accept: '!lease_lost',
      start: '!lease_lost',
      renew: '!lease_lost',
      suspect: '!lease_lost',
      release: '!lease_lost',
      settle: '!lease_lost',
      stale: '!lease_lost',
      cancel: 'canceled',
      wake: 'queued',
      expire: 'expired',
      patch: 'queued',
    },
  ],
  starting: [
    starting,
    {
      place: '!not_queued',
      accept: 'starting',
      start: 'running',
      renew: 'starting',
      suspect: 'starting',
      release: 'queued',
      settle: 'succeeded',
      stale: '!lease_lost',
      cancel: 'canceled',
      wake: '!no_change',
      expire: '!no_change',
      patch: 'starting',
    },
  ],
  accepted: [
    accepted,
    {
      place: '!not_queued',
      accept: 'starting',
      start: 'running',
      renew: 'starting',
      suspect: 'starting',
      release: '!no_change',
      settle: 'succeeded',
      stale: '!lease_lost',
      cancel: 'starting',
      wake: '!no_change',
      expire: '!no_change',
      patch: 'starting',
    },
  ],
  running: [
    running,
    {
      place: '!not_queued',
      accept: '!no_change',
      start: '!no_change',
      renew: 'running',
      suspect: 'running',
      release: '!no_change',
      settle: 'succeeded',
      stale: '!lease_lost',
      cancel: 'running',
      wake: '!no_change',
      expire: '!no_change',
      patch: 'running',
    },
  ],
  succeeded: [
    succeeded,
    {
      place: '!not_queued',
      accept: '!lease_lost',
      start: '!lease_lost',
      renew: '!lease_lost',
      suspect: '!lease_lost',
      release: '!lease_lost',
      settle: '!duplicate',
      stale: '!lease_lost',
      cancel: '!already_ended',
      wake: '!no_change',
      expire: '!no_change',
      patch: '!already_ended',
    },
  ],
  canceled: [
    canceled,
    {
      place: '!not_queued',
      accept: '!lease_lost',
      start: '!lease_lost',
      renew: '!lease_lost',
      suspect: '!lease_lost',
      release: '!lease_lost',
      settle: '!lease_lost',
      stale: '!lease_lost',
      cancel: '!already_ended',
      wake: '!no_change',
      expire: '!no_change',
      patch: '!already_ended',
    },
  ],
};

for (const [name, [job, row]] of Object.entries(TABLE)) {
  test(`§1 states: what each event does to a ${name} job`, () => {
    const found = Object.fromEntries(
      Object.entries(EVENTS).map(([event, given]) => {
        const result = transition(job, given, 2000);
        return [event, result.ok ? result.job.status.state : `!${result.refusal}`];
      }),
    );
    expect(found).toEqual(row);
  });
}

test('a new job waits, or waits for its start time', () => {
  expect(queued).toMatchObject({
    epoch: 0,
    wake_at: null,
    eligible_at: 1000,
    status: { reason: { code: 'submitted' } },
  });
  expect(scheduled).toMatchObject({ wake_at: 9000, eligible_at: 9000, rank: rankOf(9000, 0) });
  expect(newJob({ ...SPEC, run_at: 500 }).wake_at).toBeNull();
});

test('C1: the epoch rises at each claim and a released attempt is stale', () => {
  const again = step(step(starting, { kind: 'release', attempt: FIRST }), placed('n2'));
  expect(heldAttempt(again)).toMatchObject({ epoch: 2, nonce: 'n2' });
  expect(refusal(again, { kind: 'start', attempt: FIRST })).toBe('lease_lost');
  expect(refusal(again, { kind: 'start', attempt: { epoch: 2, nonce: 'n1' } })).toBe('lease_lost');
});

test('C5: a different outcome of the settled attempt conflicts', () => {
  expect(refusal(succeeded, settle(1, 'n1', FAILED, 'h2'))).toBe('conflict');
});

test('C5: the outcome of an attempt that was retried is still a duplicate', () => {
  const retried = step(running, settle(1, 'n1', FAILED, 'f'));
  expect(retried.status.state).toBe('queued');
  expect(refusal(retried, settle(1, 'n1', FAILED, 'f'))).toBe('duplicate');
  const next = step({ ...retried, wake_at: null }, placed('n2'));
  expect(refusal(next, settle(1, 'n1', DONE, 'h2'))).toBe('conflict');
});

test('C7: user errors wait out a back-off; losses keep their place', () => {
  const failed = step(running, settle(1, 'n1', FAILED), 5000);
  expect(failed).toMatchObject({
    eligible_at: 5500,
    wake_at: 5500,
    retries_used: { user: 1 },
    error: { code: 'broke' },
  });
  const lost = step(running, settle(1, 'n1', LOST), 5000);
  expect(lost).toMatchObject({ eligible_at: 1000, wake_at: null, lost_workers: [WORKER], settled: null });
});

test('C8: what a marked job ends with decides its reason', () => {
  const marked = step(running, { kind: 'cancel', message: 'stop' });
  expect(refusal(marked, { kind: 'cancel', message: 'stop' })).toBe('no_change');
  const end = (outcome: Outcome) => {
    const { state, reason } = step(marked, settle(1, 'n1', outcome)).status;
    return `${state}/${reason.code}`;
  };
  expect(end({ status: 'canceled' })).toBe('canceled/canceled');
  expect(end({ status: 'preempted', message: 'x' })).toBe('canceled/canceled');
  expect(end(FAILED)).toBe('canceled/canceled');
  expect(end(LOST)).toBe('canceled/unconfirmed');
  expect(end(DONE)).toBe('succeeded/succeeded');
});

test('C8: a cancel before acceptance raises the epoch', () => {
  const ended = step(starting, { kind: 'cancel', message: 'stop' });
  expect(ended).toMatchObject({ epoch: 2, status: { state: 'canceled' } });
});

test('a worker that stops a job nobody canceled has failed it', () => {
  const job = step(running, settle(1, 'n1', { status: 'canceled' }));
  expect(job).toMatchObject({ status: { state: 'queued' }, retries_used: { infra: 1 } });
});

test('C9: preemption spends nothing', () => {
  const job = step(running, settle(1, 'n1', { status: 'preempted', message: 'spot' }), 7000);
  expect(job).toMatchObject({ eligible_at: 1000, retries_used: queued.retries_used, queued_at: 7000 });
});

test('C3: a renewal accepts, revives and never lowers the progress', () => {
  const renew = (percent: number): JobEvent => ({
    kind: 'renew',
    attempt: FIRST,
    lease_until: 60_000,
    progress: { percent },
  });
  expect(step(starting, renew(0)).status).toMatchObject({ accepted: true });
  const suspect = step(running, { kind: 'suspect', attempt: FIRST });
  const back = step(step(suspect, renew(50)), renew(20));
  expect(back).toMatchObject({
    status: { suspect: false, attempt: { lease_until: 60_000 } },
    progress: { percent: 50 },
  });
});

test('§4: a new priority moves the rank, and ends nothing else', () => {
  const job = step(queued, { kind: 'patch', patch: { priority: 3 } });
  expect(job).toMatchObject({ priority: 3, rank: rankOf(1000, 3), labels: {} });
  expect(step(job, { kind: 'patch', patch: { labels: { a: 'b' } } })).toMatchObject({
    priority: 3,
    labels: { a: 'b' },
  });
});

test('§4: the timeline keeps the latest points and stays bounded', () => {
  let job = queued;
  for (let round = 0; round < TIMELINE_MAX; round += 1) {
    const nonce = `n${round}`;
    job = step(job, placed(nonce), 2000 + round);
    job = step(job, { kind: 'release', attempt: { epoch: job.epoch, nonce } }, 2000 + round);
  }
  expect(job.timeline).toHaveLength(TIMELINE_MAX);
  expect(job.timeline.at(-1)).toMatchObject({ state: 'queued', code: 'undelivered', attempt: TIMELINE_MAX });
});

test('transition never changes the job it is given', () => {
  const text = JSON.stringify(running);
  for (const event of Object.values(EVENTS)) transition(running, event, 3000);
  expect(JSON.stringify(running)).toBe(text);
});

test('C4: a loss by silence is refused when the lease was renewed after the look at it', () => {
  const running = step(step(newJob(SPEC), placed()), { kind: 'start', attempt: FIRST });
  const heard = step(running, { kind: 'renew', attempt: FIRST, lease_until: 91_000 }, 61_000);
  const lost = { status: 'lost', code: 'lease_expired', message: 'silence', lease_until: 31_000 } as const;
  expect(refusal(heard, settle(1, 'n1', lost), 61_001)).toBe('no_change');
  expect(refusal(running, settle(1, 'n1', lost), 61_001)).toBeNull();
});
