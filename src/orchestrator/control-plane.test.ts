import { getEventListeners } from 'node:events';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WorkerOutcome } from '../protocol/attempt.ts';
import type { HiveError } from '../protocol/errors.ts';
import type { JobId } from '../protocol/ids.ts';
import type { Job, JobSubmitInput } from '../protocol/job.ts';
import { createRig, FakeWorker, ME, type Rig, rest, until } from './control-plane.fixture.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await createRig();
});
afterEach(() => rig.close());

const DONE: WorkerOutcome = {
  status: 'succeeded',
  engine: 'echo',
  output: 'hi',
  metrics: {},
  warnings: [],
  artifacts: [],
};

async function submit(extra: Partial<JobSubmitInput> = {}): Promise<Job> {
  const [result] = await rig.orchestrator.submitJobs(
    [{ module: 'echo', input: { text: 'hi' }, ...extra }],
    ME,
  );
  if (result === undefined || 'error' in result) throw result?.error;
  return result.job;
}

const refusal = async (bodies: JobSubmitInput[]): Promise<HiveError> => {
  const [result] = await rig.orchestrator.submitJobs(bodies, ME);
  if (result === undefined || !('error' in result)) throw new Error('was not refused');
  return result.error as HiveError;
};

const state = async (id: JobId): Promise<string> => (await rig.orchestrator.getJob(id, ME)).state;

async function begin(worker: FakeWorker, index = 0) {
  await rig.time.advance(1);
  const assignment = worker.assignments[index];
  if (assignment === undefined) throw new Error(`${worker.id} has no assignment ${index}`);
  worker.say({ type: 'accepted', attempts: [assignment] });
  worker.say({ type: 'started', attempts: [assignment] });
  await rest();
  return assignment;
}

describe('a job’s way', () => {
  test('attempts that began and ended at once are settled by one frame, each by itself', async () => {
    const worker = new FakeWorker(rig.orchestrator, 'a');
    const job = await submit();
    await rig.time.advance(1);
    const [attempt] = worker.assignments;
    if (attempt === undefined) throw new Error('nothing was assigned');
    const stale = { ...attempt, nonce: 'f'.repeat(32) };
    worker.say({
      type: 'ended',
      ends: [
        { attempt, outcome: DONE },
        { attempt: stale, outcome: DONE },
      ],
    });
    await rest();
    expect(worker.last('verdicts')?.verdicts).toEqual([
      { nonces: [attempt.nonce], verdict: 'committed' },
      { nonces: [stale.nonce], verdict: 'lease_lost' },
    ]);
    const ended = await rig.orchestrator.getJob(job.id, ME);
    expect(ended.timeline.map((point) => point.state)).toEqual([
      'queued',
      'starting',
      'running',
      'succeeded',
    ]);
    expect(ended.output).toBe('hi');
  });

  test('submit, place, work, settle', async () => {
    const worker = new FakeWorker(rig.orchestrator, 'a');
    const job = await submit();
    const assignment = await begin(worker);
    expect(assignment).toMatchObject({ job_id: job.id, epoch: 1, module: 'echo', input: { text: 'hi' } });
    expect(await state(job.id)).toBe('running');
    worker.say({ type: 'outcome', attempt: assignment, outcome: DONE });
    await rest();
    expect(worker.last('settled')?.verdict).toBe('committed');
    const ended = await rig.orchestrator.getJob(job.id, ME);
    expect(ended).toMatchObject({
      state: 'succeeded',
      engine: 'echo',
      output: 'hi',
      worker_id: worker.id,
      attempt: 1,
    });
    expect(ended.timeline.map((point) => point.state)).toEqual([
      'queued',
      'starting',
      'running',
      'succeeded',
    ]);
  });

  test('C3b: an accepted attempt is told to start once the store knows, a released one to abandon', async () => {
    const worker = new FakeWorker(rig.orchestrator, 'a');
    await submit();
    await rig.time.advance(1);
    const [assignment] = worker.assignments;
    if (assignment === undefined) throw new Error('nothing was assigned');
    expect(worker.last('directive')).toBeUndefined();
    worker.say({ type: 'accepted', attempts: [assignment] });
    await rest();
    expect(worker.last('directive')).toMatchObject({
      attempt: { nonce: assignment.nonce },
      directive: 'continue',
    });
    worker.say({ type: 'accepted', attempts: [{ ...assignment, nonce: 'f'.repeat(32) }] });
    await rest();
    expect(worker.last('directive')?.directive).toBe('abandon');
  });

  test('C2: a stale attempt writes nothing', async () => {
    const worker = new FakeWorker(rig.orchestrator, 'a');
    const job = await submit();
    const assignment = await begin(worker);
    const stale = { ...assignment, nonce: 'f'.repeat(32) };
    worker.say({ type: 'outcome', attempt: stale, outcome: DONE });
    await rest();
    expect(worker.last('settled')?.verdict).toBe('lease_lost');
    await expect(rig.orchestrator.appendLog(stale, 0, Buffer.from('x'))).rejects.toMatchObject({
      code: 'lease_lost',
    });
    await expect(rig.orchestrator.stageArtifact(stale, 'x', Readable.from(['x']))).rejects.toMatchObject({
      code: 'lease_lost',
    });
    expect(await state(job.id)).toBe('running');
  });

  test('C5: the same outcome again is a duplicate, another one a conflict', async () => {
    const worker = new FakeWorker(rig.orchestrator, 'a');
    await submit();
    const assignment = await begin(worker);
    for (const outcome of [DONE, DONE, { ...DONE, output: 'other' }]) {
      worker.say({ type: 'outcome', attempt: assignment, outcome });
      await rest();
    }
    const verdicts = worker.sent.flatMap((message) => (message.type === 'settled' ? [message.verdict] : []));
    expect(verdicts).toEqual(['committed', 'duplicate', 'conflict']);
  });

  test('C5: files become visible with the outcome and not before', async () => {
    const worker = new FakeWorker(rig.orchestrator, 'a');
    const job = await submit();
    const assignment = await begin(worker);
    const facts = await rig.orchestrator.stageArtifact(assignment, 'out/a.txt', Readable.from(['abc']));
    expect(await rig.orchestrator.listArtifacts(job.id, ME)).toEqual([]);
    worker.say({
      type: 'outcome',
      attempt: assignment,
      outcome: { ...DONE, artifacts: [{ name: 'out/a.txt', size: 3, sha256: 'e'.repeat(64) }] },
    });
    await until(() => worker.last('settled') !== undefined);
    expect(worker.last('settled')?.verdict).toBe('artifact_missing');
    expect(await state(job.id)).toBe('running');
    worker.say({
      type: 'outcome',
      attempt: assignment,
      outcome: { ...DONE, artifacts: [{ name: 'out/a.txt', ...facts }] },
    });
    await until(() => worker.last('settled')?.verdict === 'committed');
    const [artifact] = await rig.orchestrator.listArtifacts(job.id, ME);
    expect(artifact).toMatchObject({ name: 'out/a.txt', size: 3, content_type: 'text/plain; charset=utf-8' });
    const opened = await rig.orchestrator.openArtifact({ job: job.id, name: 'out/a.txt' }, ME, { start: 1 });
    expect(opened.range).toEqual({ start: 1, end: 2 });
    expect(await text(opened.body)).toBe('bc');
    const other = { tenant: 'else', principal: 'x' };
    await expect(rig.orchestrator.getJob(job.id, other)).rejects.toMatchObject({ code: 'job_not_found' });
    await expect(rig.orchestrator.openArtifact(artifact?.id as never, other)).rejects.toMatchObject({
      code: 'artifact_not_found',
    });
  });
});

/** Lets everything else that is under way go first, as a busy disk would. */
function slowDown(verb: 'renewLeases'): void {
  const { jobs } = rig.store;
  const run = jobs[verb];
  Object.assign(jobs, {
    [verb]: async (...args: Parameters<typeof run>) => {
      await rest();
      return run(...args);
    },
  });
}

test('C3b: no assignment overtakes the welcome, though work was waiting', async () => {
  const first = new FakeWorker(rig.orchestrator, 'a');
  const job = await submit();
  await begin(first);
  await submit();
  first.hangUp();
  await rig.time.advance(1);
  slowDown('renewLeases');
  const second = new FakeWorker(rig.orchestrator, 'a', { boot: 'boot-2' });
  await rig.time.advance(1);
  await rest();
  expect(second.sent.map((message) => message.type).slice(0, 2)).toEqual(['welcome', 'assign']);
  expect(second.assignments[0]?.job_id).toBe(job.id);
});

describe('loss', () => {
  test('C3: a worker restarted under its id loses its predecessor’s attempt at once', async () => {
    const first = new FakeWorker(rig.orchestrator, 'a');
    const job = await submit();
    await begin(first);
    first.hangUp();
    await rig.time.advance(1);
    expect(await state(job.id)).toBe('running');
    const second = new FakeWorker(rig.orchestrator, 'a', { boot: 'boot-2' });
    await rig.time.advance(1);
    const again = await begin(second);
    expect(again.epoch).toBe(2);
    const seen = await rig.orchestrator.getJob(job.id, ME);
    expect(seen.retries_used.infra).toBe(1);
    expect(seen.timeline.map((point) => point.code)).toContain('retry_infra');
  });

  test('C3, C4: silence is suspect at the lease’s end and lost at lost_after, then another worker runs it once', async () => {
    await rig.time.advance(31_000);
    const silent = new FakeWorker(rig.orchestrator, 'a');
    const job = await submit();
    const attempt = await begin(silent);
    const other = new FakeWorker(rig.orchestrator, 'b');
    const beats = async (ms: number): Promise<void> => {
      for (let spent = 0; spent < ms; spent += 5000) {
        other.say({ type: 'beat', seq: spent, attempts: [] });
        await rig.time.advance(5000);
      }
    };
    await beats(25_000);
    expect((await rig.orchestrator.getWorker(silent.id, ME)).state).toBe('unreachable');
    await beats(15_000);
    expect((await rig.orchestrator.getWorker(silent.id, ME)).state).toBe('suspect');
    expect(other.assignments).toEqual([]);
    await beats(25_000);
    expect(other.assignments[0]).toMatchObject({ job_id: job.id, epoch: 2 });
    silent.say({ type: 'outcome', attempt, outcome: DONE });
    await rest();
    expect(silent.last('settled')?.verdict).toBe('lease_lost');
  });

  test('C4: an outcome that comes while the attempt is suspect is accepted', async () => {
    await rig.time.advance(31_000);
    const worker = new FakeWorker(rig.orchestrator, 'a');
    const job = await submit();
    const attempt = await begin(worker);
    await rig.time.advance(40_000);
    worker.say({ type: 'outcome', attempt, outcome: DONE });
    await rest();
    expect(await state(job.id)).toBe('succeeded');
  });

  test('C4: an orchestrator that restarts finds the worker’s attempt running and runs nothing twice', async () => {
    const before = new FakeWorker(rig.orchestrator, 'a');
    const job = await submit();
    const attempt = await begin(before);
    const next = await rig.restart();
    const after = new FakeWorker(next, 'a', { live: [attempt] });
    await rig.time.advance(20_000);
    expect(after.last('welcome')?.abandon).toEqual([]);
    expect(after.assignments).toEqual([]);
    after.say({ type: 'outcome', attempt, outcome: DONE });
    await rest();
    expect((await next.getJob(job.id, ME)).attempt).toBe(1);
    expect((await next.getJob(job.id, ME)).state).toBe('succeeded');
    await next.stop();
  });

  test('C3: after a start no lease expires for one full lease', async () => {
    const worker = new FakeWorker(rig.orchestrator, 'a');
    const job = await submit();
    await begin(worker);
    await rig.orchestrator.stop();
    await rig.time.advance(600_000);
    const next = await rig.restart();
    await rig.time.advance(29_000);
    expect((await next.getJob(job.id, ME)).state).toBe('running');
    await rig.time.advance(2000);
    expect((await next.getJob(job.id, ME)).state).toBe('queued');
    await next.stop();
  });

  test('C3b: an assignment nobody accepts is released, with no retry spent and its old place', async () => {
    const deaf = new FakeWorker(rig.orchestrator, 'a');
    const job = await submit();
    await rig.time.advance(1);
    expect(deaf.assignments).toHaveLength(1);
    await rig.time.advance(3100);
    const seen = await rig.orchestrator.getJob(job.id, ME);
    expect(seen.retries_used.infra).toBe(0);
    expect(seen.timeline.map((point) => point.code)).toContain('undelivered');
    expect(deaf.assignments.length).toBeGreaterThan(1);
  });

  test('C3b: a hello that was long on its way takes no accepted work from its own process', async () => {
    const worker = new FakeWorker(rig.orchestrator, 'a');
    const job = await submit();
    await begin(worker);
    new FakeWorker(rig.orchestrator, 'a', { live: [] });
    await rig.time.advance(10);
    expect(await state(job.id)).toBe('running');
  });

  test('C3b: two processes cannot hold one worker id', async () => {
    const first = new FakeWorker(rig.orchestrator, 'a');
    await rest();
    const second = new FakeWorker(rig.orchestrator, 'a', { boot: 'boot-2' });
    await rest();
    expect(second.last('refused')).toMatchObject({ code: 'worker_id_in_use', retry: true });
    expect(second.closedWith).toBe('worker_id_in_use');
    expect(first.closedWith).toBeNull();
  });
});

describe('cancel (C8)', () => {
  test('waiting: at once; running: asked, then confirmed by the worker', async () => {
    const waiting = await submit();
    expect(await rig.orchestrator.cancelJob(waiting.id, ME)).toMatchObject({
      result: 'canceled',
      job: { state: 'canceled' },
    });
    const worker = new FakeWorker(rig.orchestrator, 'a');
    const job = await submit();
    const attempt = await begin(worker);
    expect(await rig.orchestrator.cancelJob(job.id, ME)).toMatchObject({
      result: 'canceling',
      job: { state: 'running' },
    });
    expect(worker.last('directive')).toMatchObject({ directive: 'cancel', attempt: { job_id: job.id } });
    worker.say({ type: 'beat', seq: 7, attempts: [attempt] });
    await rest();
    expect(worker.last('beat_reply')).toMatchObject({
      seq: 7,
      directives: [{ job_id: job.id, directive: 'cancel' }],
    });
    worker.say({ type: 'outcome', attempt, outcome: { status: 'canceled' } });
    await rest();
    expect(await state(job.id)).toBe('canceled');
    expect(await rig.orchestrator.cancelJob(job.id, ME)).toMatchObject({ result: 'already' });
  });

  test('starting and not accepted: at once, and the late worker is told to abandon', async () => {
    const worker = new FakeWorker(rig.orchestrator, 'a');
    const job = await submit();
    await rig.time.advance(1);
    const [attempt] = worker.assignments;
    expect(await rig.orchestrator.cancelJob(job.id, ME)).toMatchObject({ result: 'canceled' });
    if (attempt === undefined) throw new Error('no assignment');
    worker.say({ type: 'started', attempts: [attempt] });
    await rest();
    expect(
      worker.sent
        .filter((message) => message.type === 'directive')
        .every((message) => message.directive === 'abandon'),
    ).toBe(true);
    expect(await state(job.id)).toBe('canceled');
  });

  test('never confirmed: canceled as unconfirmed, and its slot stays taken until the worker is back', async () => {
    await rig.time.advance(31_000);
    const worker = new FakeWorker(rig.orchestrator, 'a');
    const job = await submit();
    await begin(worker);
    await rig.orchestrator.cancelJob(job.id, ME);
    await rig.time.advance(61_000);
    expect(await rig.orchestrator.getJob(job.id, ME)).toMatchObject({
      state: 'canceled',
      reason: { code: 'unconfirmed' },
    });
  });

  test('the first commit wins: a result that was on its way is kept', async () => {
    const worker = new FakeWorker(rig.orchestrator, 'a');
    const job = await submit();
    const attempt = await begin(worker);
    await rig.orchestrator.cancelJob(job.id, ME);
    worker.say({ type: 'outcome', attempt, outcome: DONE });
    await rest();
    expect(await state(job.id)).toBe('succeeded');
  });
});

describe('retries (C7)', () => {
  const failed = (cause: 'user' | 'oom'): WorkerOutcome => ({
    status: 'failed',
    error: { cause, code: 'broke', message: 'it broke' },
    artifacts: [],
  });

  test('a user failure waits for its back-off and then runs again', async () => {
    const worker = new FakeWorker(rig.orchestrator, 'a');
    const job = await submit({ retry: { user: 1, backoff_ms: 10_000 } });
    worker.say({ type: 'outcome', attempt: await begin(worker), outcome: failed('user') });
    await rest();
    expect(await rig.orchestrator.getJob(job.id, ME)).toMatchObject({
      state: 'queued',
      reason: { code: 'retry_user' },
    });
    await rig.time.advance(4900);
    expect(worker.assignments).toHaveLength(1);
    await rig.time.advance(1200);
    const second = await begin(worker, 1);
    worker.say({ type: 'outcome', attempt: second, outcome: failed('user') });
    await rest();
    expect(await rig.orchestrator.getJob(job.id, ME)).toMatchObject({
      state: 'failed',
      error: { code: 'broke' },
      attempt: 2,
    });
  });

  test('out of memory asks for twice the memory', async () => {
    const worker = new FakeWorker(rig.orchestrator, 'a');
    const job = await submit({ requirements: { memory_bytes: 5000 } });
    worker.say({ type: 'outcome', attempt: await begin(worker), outcome: failed('oom') });
    await rest();
    expect((await rig.orchestrator.getJob(job.id, ME)).requirements.memory_bytes).toBe(10_000);
  });

  test('a job under which 3 distinct workers went down is quarantined', async () => {
    const job = await submit();
    for (const name of ['a', 'b', 'c']) {
      const worker = new FakeWorker(rig.orchestrator, name);
      await begin(worker);
      worker.hangUp();
      await rig.time.advance(1);
      const reborn = new FakeWorker(rig.orchestrator, name, { boot: 'boot-2', slots: 1 });
      await rest();
      reborn.say({ type: 'drain', message: 'out of the way' });
      await rest();
      for (const assignment of reborn.assignments)
        reborn.say({
          type: 'outcome',
          attempt: assignment,
          outcome: { status: 'preempted', message: 'drained' },
        });
      await rest();
    }
    expect(await rig.orchestrator.getJob(job.id, ME)).toMatchObject({
      state: 'quarantined',
      reason: { code: 'quarantined' },
    });
  });

  test('a retry by hand is a new job that names the old one', async () => {
    const worker = new FakeWorker(rig.orchestrator, 'a');
    const job = await submit();
    await expect(rig.orchestrator.retryJob(job.id, ME)).rejects.toMatchObject({ code: 'job_not_terminal' });
    worker.say({ type: 'outcome', attempt: await begin(worker), outcome: failed('user') });
    await rest();
    const { job: again } = await rig.orchestrator.retryJob(job.id, ME, { idempotencyKey: 'k' });
    const same = await rig.orchestrator.retryJob(job.id, ME, { idempotencyKey: 'k' });
    expect(same).toMatchObject({ job: { id: again.id }, replayed: true });
    expect(again).toMatchObject({
      state: 'queued',
      retry_of: job.id,
      attempt: 0,
      retries_used: { user: 0 },
      error: null,
    });
    expect(again.id).not.toBe(job.id);
  });
});

describe('submits', () => {
  test('a bad body is refused with its field, its value and the way out; the rest of the batch is taken', async () => {
    expect(await refusal([{ module: 'ecko', input: {} }])).toMatchObject({
      code: 'unknown_module',
      hint: 'did you mean echo?',
    });
    expect(await refusal([{ module: 'echo', input: { text: '' } }])).toMatchObject({
      code: 'invalid_input',
      errors: [{ pointer: '/input/text' }],
    });
    expect(await refusal([{ module: 'echo', input: { text: 'x', txet: 1 } }])).toMatchObject({
      code: 'invalid_input',
    });
    expect(
      await refusal([{ module: 'echo', input: { text: 'x' }, requirements: { cpu: -1 } }]),
    ).toMatchObject({ errors: [{ pointer: '/requirements/cpu' }] });
    expect(await refusal([{ module: 'echo', input: { text: 'x', image: 'nothing' } }])).toMatchObject({
      code: 'invalid_input',
    });
    const mixed = await rig.orchestrator.submitJobs(
      [
        { module: 'echo', input: { text: 'a' } },
        { module: 'none', input: {} },
        { module: 'echo', input: { text: 'b' } },
      ],
      ME,
    );
    expect(mixed.map((result) => 'job' in result)).toEqual([true, false, true]);
  });

  test('C6: the same key and body is the same job, another body is refused', async () => {
    const body = { module: 'echo', input: { text: 'x' } };
    const once = await rig.orchestrator.submitJobs([body], ME, { idempotencyKey: 'k' });
    const twice = await rig.orchestrator.submitJobs([{ input: { text: 'x' }, module: 'echo' }], ME, {
      idempotencyKey: 'k',
    });
    expect(twice).toMatchObject([{ replayed: true, job: { id: (once[0] as { job: Job }).job.id } }]);
    const other = await rig.orchestrator.submitJobs([{ ...body, input: { text: 'y' } }], ME, {
      idempotencyKey: 'k',
    });
    expect(other).toMatchObject([{ error: { code: 'idempotency_conflict' } }]);
  });

  test('an upload is pinned by content: the job reads it though the upload is gone', async () => {
    const upload = await rig.orchestrator.createUpload(
      Readable.from(['pixels']),
      { name: 'a.png', content_type: 'image/png' },
      ME,
    );
    const job = await submit({ input: { text: 'x', image: upload.id } });
    await rig.orchestrator.removeUpload(upload.id, ME);
    const worker = new FakeWorker(rig.orchestrator, 'a');
    const assignment = await begin(worker);
    expect(assignment.files).toMatchObject([{ name: 'image', size: 6, sha256: upload.sha256 }]);
    expect(await text((await rig.orchestrator.openInput(assignment, 'image')).body)).toBe('pixels');
    expect(await refusal([{ module: 'echo', input: { text: 'x', image: upload.id } }])).toMatchObject({
      code: 'upload_not_found',
    });
    expect(job.state).toBe('queued');
  });

  test('an upload whose bytes are not what was declared leaves nothing', async () => {
    const facts = { name: 'a', content_type: 'text/plain', expect: { size: 9 } };
    await expect(rig.orchestrator.createUpload(Readable.from(['half']), facts, ME)).rejects.toMatchObject({
      code: 'content_mismatch',
    });
  });

  test('a scheduled job starts at its time, a late one expires', async () => {
    const worker = new FakeWorker(rig.orchestrator, 'a');
    const at = (ms: number): string => new Date(rig.time.now() + ms).toISOString();
    const later = await submit({ run_at: at(60_000) });
    for (let second = 0; second < 59; second++) {
      worker.say({ type: 'beat', seq: second, attempts: [] });
      await rig.time.advance(1000);
    }
    expect(worker.assignments).toEqual([]);
    expect(await rig.orchestrator.getJob(later.id, ME)).toMatchObject({
      state: 'queued',
      reason: { code: 'scheduled' },
    });
    await rig.time.advance(1500);
    expect(worker.assignments).toMatchObject([{ job_id: later.id }]);
    const never = await submit({ requirements: { cpu: 999 }, deadline_at: at(5000) });
    await rig.time.advance(6100);
    expect(await rig.orchestrator.getJob(never.id, ME)).toMatchObject({
      state: 'expired',
      reason: { code: 'deadline' },
    });
  });
});

describe('those who watch', () => {
  test('a follower sees each state once and the progress between, then ends', async () => {
    const worker = new FakeWorker(rig.orchestrator, 'a');
    const job = await submit();
    const seen: string[] = [];
    const following = (async () => {
      for await (const notice of rig.orchestrator.followJob(job.id, null, ME, new AbortController().signal)) {
        seen.push(notice.kind === 'state' ? notice.job.state : `${notice.progress.percent} %`);
      }
    })();
    const attempt = await begin(worker);
    worker.say({ type: 'beat', seq: 1, attempts: [{ ...attempt, progress: { percent: 40 } }] });
    await rest();
    worker.say({ type: 'outcome', attempt, outcome: DONE });
    await rest();
    await following;
    expect(seen.at(0)).toMatch(/queued|starting/);
    expect(seen).toContain('40 %');
    expect(seen.filter((entry) => entry === 'succeeded')).toHaveLength(1);
  });

  test('a follower of much progress leaves no listeners behind', async () => {
    const worker = new FakeWorker(rig.orchestrator, 'a');
    const job = await submit();
    const attempt = await begin(worker);
    const reader = new AbortController();
    let seen = 0;
    const following = (async () => {
      for await (const notice of rig.orchestrator.followJob(job.id, null, ME, reader.signal)) {
        if (notice.kind === 'progress') seen++;
      }
    })();
    for (let percent = 1; percent <= 40; percent++) {
      worker.say({ type: 'beat', seq: percent, attempts: [{ ...attempt, progress: { percent } }] });
      await rest();
    }
    expect(seen).toBeGreaterThan(20);
    expect(getEventListeners(reader.signal, 'abort').length).toBeLessThan(4);
    reader.abort();
    await following;
  });

  test('one who resumes after the end is told the end', async () => {
    const job = await submit();
    await rig.orchestrator.cancelJob(job.id, ME);
    const seen: string[] = [];
    for await (const notice of rig.orchestrator.followJob(
      job.id,
      999_999,
      ME,
      new AbortController().signal,
    )) {
      if (notice.kind === 'state') seen.push(notice.job.state);
    }
    expect(seen).toEqual(['canceled']);
  });

  test('a log is followed to its last byte, and a chunk sent twice counts once', async () => {
    const worker = new FakeWorker(rig.orchestrator, 'a');
    const job = await submit();
    const attempt = await begin(worker);
    const parts: string[] = [];
    const following = (async () => {
      for await (const chunk of rig.orchestrator.followLog(
        job.id,
        { after: 0 },
        ME,
        new AbortController().signal,
      ))
        parts.push(Buffer.from(chunk.bytes).toString());
    })();
    await rig.orchestrator.appendLog(attempt, 0, Buffer.from('one\n'));
    await rig.orchestrator.appendLog(attempt, 0, Buffer.from('one\n'));
    await expect(rig.orchestrator.appendLog(attempt, 99, Buffer.from('x'))).rejects.toMatchObject({
      code: 'offset_conflict',
    });
    await rig.orchestrator.appendLog(attempt, 4, Buffer.from('two\n'));
    worker.say({ type: 'outcome', attempt, outcome: DONE });
    await rig.time.advance(1001);
    await following;
    expect(parts.join('')).toBe('one\ntwo\n');
  });

  test('lists page by cursor without gaps, and refuse a cursor that is none', async () => {
    const jobs = [];
    for (let i = 0; i < 5; i++) jobs.push(await submit({ labels: { n: String(i % 2) } }));
    const first = await rig.orchestrator.listJobs({ limit: 2 }, ME);
    const second = await rig.orchestrator.listJobs({ limit: 3, cursor: first.next_cursor ?? undefined }, ME);
    expect([...first.data, ...second.data].map((job) => job.id)).toEqual(jobs.map((job) => job.id).reverse());
    expect(second).toMatchObject({ has_more: false, next_cursor: null });
    expect((await rig.orchestrator.listJobs({ limit: 9, labels: ['n=1'] }, ME)).data).toHaveLength(2);
    await expect(rig.orchestrator.listJobs({ limit: 2, cursor: '!!' }, ME)).rejects.toMatchObject({
      code: 'invalid_cursor',
    });
  });

  test('a draining worker gets no new work and its waiting job says why', async () => {
    const worker = new FakeWorker(rig.orchestrator, 'a');
    await rest();
    await rig.orchestrator.patchWorker(worker.id, { state: 'draining' }, ME);
    const job = await submit();
    await rig.time.advance(2000);
    expect(worker.assignments).toEqual([]);
    expect(await rig.orchestrator.explainJob(job.id, ME)).toMatchObject({
      feasible_now: 0,
      feasible_ever: 1,
    });
    await rig.orchestrator.patchWorker(worker.id, { state: 'online' }, ME);
    await rig.time.advance(10);
    expect(worker.assignments).toHaveLength(1);
  });
});
