import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AttemptRef, WorkerOutcome } from '../protocol/attempt.ts';
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
const PREEMPTED: WorkerOutcome = { status: 'preempted', message: 'spot notice' };

async function submit(extra: Partial<JobSubmitInput> = {}): Promise<Job> {
  const [result] = await rig.orchestrator.submitJobs(
    [{ module: 'echo', input: { text: 'hi' }, ...extra }],
    ME,
  );
  if (result === undefined || 'error' in result) throw result?.error;
  return result.job;
}

async function begin(worker: FakeWorker) {
  await rig.time.advance(1);
  const assignment = worker.assignments.at(-1);
  if (assignment === undefined) throw new Error('nothing was assigned');
  worker.say({ type: 'accepted', attempts: [assignment] });
  worker.say({ type: 'started', attempts: [assignment] });
  await rest();
  return assignment;
}

async function save(attempt: AttemptRef, seq: number, content: string): Promise<void> {
  const { job_id, epoch, nonce } = attempt;
  const ref = { job_id, epoch, nonce };
  await rig.orchestrator.stageCheckpoint(ref, seq, 'state.json', Readable.from([content]));
  const sha256 = createHash('sha256').update(content).digest('hex');
  const files = [{ name: 'state.json', size: content.length, sha256 }];
  await rig.orchestrator.commitCheckpoint(ref, seq, { files });
}

const staged = async (job: Job): Promise<string[]> => {
  const attempts = await rig.blobs.listStaged(`checkpoints/${job.id}/`);
  const seqs = await Promise.all(
    attempts.map(async (attempt) =>
      (await rig.blobs.listStaged(`checkpoints/${job.id}/${attempt}/`)).map(
        (seq) => `${attempt.split('-')[0]}/${seq}`,
      ),
    ),
  );
  return seqs.flat();
};

const read = (id: Job['id']): Promise<Job> => rig.orchestrator.getJob(id, ME);

test('C9: a preempted job comes back at its old place with its checkpoint, and the next attempt goes on from it', async () => {
  const job = await submit();
  const a = new FakeWorker(rig.orchestrator, 'a');
  const first = await begin(a);
  expect(first.resume).toBeUndefined();
  await save(first, 1, 'one');
  await save(first, 2, 'two');
  expect(await staged(job)).toEqual(['1/2']);
  expect(await read(job.id)).toMatchObject({ checkpoint: { attempt: 1, files: [{ name: 'state.json' }] } });
  await rig.orchestrator.patchWorker(a.id, { state: 'draining', deadline_seconds: 60 }, ME);
  const ref = { job_id: first.job_id, epoch: first.epoch, nonce: first.nonce };
  expect(a.last('directive')).toEqual({
    type: 'directive',
    attempt: ref,
    directive: 'drain',
    left_ms: 60_000,
  });
  a.say({ type: 'outcome', attempt: ref, outcome: PREEMPTED });
  await rest();
  expect(await read(job.id)).toMatchObject({
    state: 'queued',
    reason: { code: 'preempted', message: 'spot notice' },
    retries_used: { user: 0, infra: 0 },
    checkpoint: { attempt: 1 },
  });
  const second = await begin(new FakeWorker(rig.orchestrator, 'b'));
  expect(second.resume).toMatchObject({ attempt: 1, files: [{ name: 'state.json', size: 3 }] });
  const content = await rig.orchestrator.openResume(second, 'state.json');
  expect(await text(content.body)).toBe('two');
  await expect(rig.orchestrator.openResume(second, 'other')).rejects.toMatchObject({ code: 'not_found' });
  await save(second, 1, 'three');
  expect(await staged(job)).toEqual(['2/1']);
});

test('C9: when the job ends its checkpoints are gone', async () => {
  const worker = new FakeWorker(rig.orchestrator, 'a');
  const done = await submit();
  const attempt = await begin(worker);
  await save(attempt, 1, 'one');
  worker.say({ type: 'outcome', attempt, outcome: DONE });
  await rest();
  expect(await read(done.id)).toMatchObject({ state: 'succeeded', checkpoint: null });
  await until(async () => (await staged(done)).length === 0);
  const canceled = await submit();
  const other = await begin(worker);
  await save(other, 1, 'one');
  worker.say({ type: 'drain', message: 'going' });
  worker.say({ type: 'outcome', attempt: other, outcome: PREEMPTED });
  await rest();
  await rig.orchestrator.cancelJob(canceled.id, ME);
  expect(await staged(canceled)).toEqual([]);
});

test('C2: a stale attempt can neither stage, commit nor read', async () => {
  const worker = new FakeWorker(rig.orchestrator, 'a');
  const job = await submit();
  const attempt = await begin(worker);
  const stale = { ...attempt, nonce: 'f'.repeat(32) };
  await save(attempt, 1, 'one');
  const lost = { code: 'lease_lost' };
  await expect(save(stale, 2, 'other')).rejects.toMatchObject(lost);
  const files = [{ name: 'state.json', size: 3, sha256: 'a'.repeat(64) }];
  await expect(rig.orchestrator.commitCheckpoint(stale, 1, { files })).rejects.toMatchObject(lost);
  await expect(rig.orchestrator.openResume(stale, 'state.json')).rejects.toMatchObject(lost);
  expect(await staged(job)).toEqual(['1/1']);
});

test('C5: a manifest that names what was not uploaded so commits nothing', async () => {
  const worker = new FakeWorker(rig.orchestrator, 'a');
  const job = await submit();
  const attempt = await begin(worker);
  await rig.orchestrator.stageCheckpoint(attempt, 1, 'state.json', Readable.from(['one']));
  const files = [{ name: 'state.json', size: 3, sha256: 'a'.repeat(64) }];
  await expect(rig.orchestrator.commitCheckpoint(attempt, 1, { files })).rejects.toMatchObject({
    code: 'artifact_missing',
  });
  expect((await read(job.id)).checkpoint).toBeNull();
});

test('C9: what a death between commit and clean-up left behind is swept', async () => {
  const worker = new FakeWorker(rig.orchestrator, 'a', { slots: 2 });
  const [ended, open] = [await submit(), await submit()];
  await rig.time.advance(1);
  const [first, second] = worker.assignments;
  if (first === undefined || second === undefined) throw new Error('two');
  const place = ({ job_id, epoch, nonce }: AttemptRef, seq: number) =>
    `checkpoints/${job_id}/${epoch}-${nonce}/${seq}/state.json`;
  const put = (key: string) => rig.blobs.stage(key, Readable.from(['old']));
  worker.say({ type: 'outcome', attempt: first, outcome: DONE });
  await rest();
  await put(place(first, 1));
  await put(`staging/${first.job_id}/1-${first.nonce}/out.bin`);
  await save(second, 2, 'two');
  await put(place(second, 1));
  await put(place({ ...second, epoch: 9 }, 1));
  await put(`staging/${second.job_id}/1-${second.nonce}/out.bin`);
  await rig.time.advance(1_300_000);
  await until(async () => (await rig.blobs.listStaged('staging/')).length === 0);
  expect(await staged(ended)).toEqual([]);
  // What the job's pointer names stays, though its attempt is long gone.
  expect(await staged(open)).toEqual(['1/2']);
});

test('C9: a drain rides every beat reply until it is taken back', async () => {
  const worker = new FakeWorker(rig.orchestrator, 'a');
  await submit();
  const { job_id, epoch, nonce } = await begin(worker);
  const attempt = { job_id, epoch, nonce };
  const beat = async (seq: number) => {
    worker.say({ type: 'beat', seq, attempts: [attempt] });
    await rest();
    return worker.last('beat_reply')?.directives;
  };
  expect(await beat(1)).toEqual([]);
  const drained = await rig.orchestrator.patchWorker(
    worker.id,
    { state: 'draining', deadline_seconds: 30 },
    ME,
  );
  expect(drained.drain_until).toBe(new Date(rig.time.now() + 30_000).toISOString());
  await rig.time.advance(10_000);
  expect(await beat(2)).toEqual([{ ...attempt, directive: 'drain', left_ms: 20_000 }]);
  await rig.orchestrator.patchWorker(worker.id, { state: 'draining' }, ME);
  expect(await beat(3)).toEqual([{ ...attempt, directive: 'drain' }]);
  await rig.orchestrator.patchWorker(worker.id, { state: 'online' }, ME);
  expect(await beat(4)).toEqual([]);
});
