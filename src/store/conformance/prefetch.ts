import { expect, test } from 'vitest';
import { bookOf, freeRoom, type WorkerRecord } from '../../core/worker.ts';
import { DONE, type OpenStore, offerOf, RESERVE, Stage } from './fixture.ts';

const AHEAD = { ...RESERVE, slots: 0 };

const oneSlot = (stage: Stage, prefetch = 1): Promise<WorkerRecord> =>
  stage.hello(1, 'boot-1', offerOf({ slots: 1, prefetch }));

export function prefetchClauses(open: OpenStore): void {
  test('C10: a job sent ahead holds a lease and no room, and no more are taken than the worker’s credit', async () => {
    const stage = await Stage.open(open);
    const worker = await oneSlot(stage);
    const running = await stage.run(await stage.submit(), worker);
    const job = await stage.submit();
    await stage.place(job, worker, AHEAD);
    expect(await stage.state(job)).toBe('starting/prefetched');
    expect(bookOf(await stage.worker(worker.id))).toMatchObject({
      room: { slots: 0, cpu: 7 },
      ahead: 1,
      credit: 0,
    });
    expect(await stage.tryPlace(await stage.submit(), worker, AHEAD)).toEqual({
      kind: 'refused',
      why: 'no_room',
    });
    expect(await stage.tryPlace(await stage.submit(), worker)).toEqual({ kind: 'refused', why: 'no_room' });
    // The moment the slot frees it is the one who has it.
    await stage.settle(running, DONE);
    expect(bookOf(await stage.worker(worker.id))).toMatchObject({
      room: { slots: 0, cpu: 7 },
      ahead: 0,
      credit: 1,
    });
    await stage.store.close();
  });

  test('C10: a plan gives each credit once, and never to a job with a GPU', async () => {
    const stage = await Stage.open(open);
    const worker = await oneSlot(stage, 2);
    await stage.run(await stage.submit(), worker);
    const gpu = await stage.submit({ requirements: { ...stage.make().requirements, gpu: 'preferred' } });
    expect(await stage.tryPlace(gpu, worker, AHEAD)).toEqual({ kind: 'refused', why: 'no_room' });
    const jobs = [await stage.submit(), await stage.submit(), await stage.submit()];
    const items = jobs.map((job) => ({
      job_id: job.id,
      expected_epoch: 0,
      worker_id: worker.id,
      expected_session: worker.session,
      reserve: AHEAD,
      nonce: stage.nonce(),
    }));
    const results = await stage.jobs.commitPlacements(items, 30_000);
    expect(results.map(({ kind }) => kind)).toEqual(['placed', 'placed', 'refused']);
    await stage.store.close();
  });

  test('C10: the worker says how many it takes; a hello says it anew', async () => {
    const stage = await Stage.open(open);
    const { id: worker_id, session } = await oneSlot(stage);
    await stage.jobs.upsertWorker({ kind: 'credit', worker_id, session, prefetch: 0 });
    const worker = await stage.worker(worker_id);
    await stage.run(await stage.submit(), worker);
    expect(await stage.tryPlace(await stage.submit(), worker, AHEAD)).toMatchObject({ why: 'no_room' });
    const stale = { kind: 'credit', worker_id, session: session + 9, prefetch: 5 } as const;
    expect(await stage.jobs.upsertWorker(stale)).toEqual({ kind: 'not_found' });
    expect(bookOf(await oneSlot(stage)).credit).toBe(1);
    await stage.store.close();
  });

  test('C9, C10: given back it has spent no retry and keeps its place', async () => {
    const stage = await Stage.open(open);
    const worker = await oneSlot(stage);
    await stage.run(await stage.submit(), worker);
    const job = await stage.submit();
    const attempt = await stage.place(job, worker, AHEAD);
    await stage.jobs.startAttempts([{ attempt, phase: 'accepted' }]);
    await stage.jobs.upsertWorker({ kind: 'drain', worker_id: worker.id, draining: true });
    const { id: worker_id, session } = worker;
    const [beat] = await stage.jobs.renewLeases([{ worker_id, session, attempts: [attempt] }], 30_000);
    expect(beat).toEqual({ kind: 'renewed', verdicts: ['drain'] });
    await stage.settle(attempt, { status: 'preempted', message: 'drained' });
    expect(await stage.get(job.id)).toMatchObject({ rank: job.rank, retries_used: job.retries_used });
    expect(freeRoom(await stage.worker(worker_id)).slots).toBe(0);
    await stage.store.close();
  });
}
