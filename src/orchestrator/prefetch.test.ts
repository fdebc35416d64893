import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Job } from '../protocol/job.ts';
import { createRig, FakeWorker, ME, type Rig, rest } from './control-plane.fixture.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await createRig();
});
afterEach(() => rig.close());

async function submit(): Promise<Job> {
  const [result] = await rig.orchestrator.submitJobs([{ module: 'echo', input: { text: 'hi' } }], ME);
  if (result === undefined || 'error' in result) throw result?.error;
  return result.job;
}

test('C10: a full worker gets as many jobs ahead as it wants, each told what it takes and to wait for room', async () => {
  const worker = new FakeWorker(rig.orchestrator, 'a', { slots: 1, prefetch: 1 });
  const jobs = [await submit(), await submit(), await submit()];
  await rig.time.advance(1);
  const told = worker.assignments.map(({ job_id, prefetched, reserve }) => ({ job_id, prefetched, reserve }));
  const reserve = { cpu: 1, memory_bytes: 1000 };
  expect(told).toEqual([
    { job_id: jobs[0]?.id, prefetched: undefined, reserve },
    { job_id: jobs[1]?.id, prefetched: true, reserve },
  ]);
  expect(await rig.orchestrator.getWorker(worker.id, ME)).toMatchObject({
    slots_used: 1,
    prefetched: 1,
    reserved: { cpu: 1 },
  });
});

test('C10: a worker that wants none gets none, and those it gives back go to who has room', async () => {
  const worker = new FakeWorker(rig.orchestrator, 'a', { slots: 1, prefetch: 1 });
  const [first, second] = [await submit(), await submit()];
  await rig.time.advance(1);
  for (const { job_id, epoch, nonce } of worker.assignments)
    worker.say({ type: 'accepted', attempts: [{ job_id, epoch, nonce }] });
  const ahead = worker.assignments[1];
  if (ahead === undefined) throw new Error('nothing was sent ahead');
  worker.say({ type: 'credit', prefetch: 0 });
  worker.say({ type: 'outcome', attempt: ahead, outcome: { status: 'preempted', message: 'no room' } });
  await rest();
  await rig.time.advance(10);
  expect(worker.assignments).toHaveLength(2);
  expect(await rig.orchestrator.getJob(second.id, ME)).toMatchObject({ state: 'queued', attempt: 1 });
  const other = new FakeWorker(rig.orchestrator, 'b', { slots: 1 });
  await rig.time.advance(1);
  expect(other.assignments.map(({ job_id }) => job_id)).toEqual([second.id]);
  expect((await rig.orchestrator.getJob(first.id, ME)).state).toBe('starting');
});
