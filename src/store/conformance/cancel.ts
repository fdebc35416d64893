import { expect, test } from 'vitest';
import type { AttemptRef } from '../../protocol/attempt.ts';
import { DONE, LEASE, LOST_LEASE, type OpenStore, Stage } from './fixture.ts';

export function cancelClauses(open: OpenStore): void {
  test('C8: a queued job is canceled at once and leaves the queue', async () => {
    const stage = await Stage.open(open);
    const job = await stage.submit();
    const [result] = await stage.jobs.requestCancel([job.id], 'not needed');
    expect(result).toMatchObject({ kind: 'canceled', released: null });
    expect(await stage.ready()).toEqual([]);
    const [again, unknown] = await stage.jobs.requestCancel([job.id, stage.make().id], 'x');
    expect(again).toMatchObject({ kind: 'already', job: { id: job.id } });
    expect(unknown).toEqual({ kind: 'not_found' });
    await stage.store.close();
  });

  test('C8: starting and not accepted is canceled at once, with a raised epoch and its room given back', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const job = await stage.submit();
    const attempt = await stage.place(job, worker);
    const [result] = await stage.jobs.requestCancel([job.id], 'stop');
    expect(result).toMatchObject({
      kind: 'canceled',
      released: { nonce: attempt.nonce, worker_id: worker.id },
    });
    expect((await stage.get(job.id)).epoch).toBe(2);
    expect(await stage.holds(worker)).toEqual([]);
    expect(await stage.jobs.startAttempts([{ attempt, phase: 'started' }])).toEqual(['lease_lost']);
    await stage.store.close();
  });

  test('C8: a running job is marked, and the mark rides every beat until the worker answers', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const job = await stage.submit();
    const attempt = await stage.run(job, worker);
    const [first, second] = await stage.jobs.requestCancel([job.id, job.id], 'stop');
    expect(first).toMatchObject({ kind: 'canceling', attempt: { nonce: attempt.nonce } });
    expect(second?.kind).toBe('canceling');
    const beat = { worker_id: worker.id, session: worker.session, attempts: [attempt] };
    for (const _ of [1, 2]) {
      expect(await stage.jobs.renewLeases([beat], LEASE)).toEqual([
        { kind: 'renewed', verdicts: ['cancel'] },
      ]);
    }
    await stage.settle(attempt, { status: 'canceled' });
    expect(await stage.state(job)).toBe('canceled/canceled');
    expect(await stage.holds(worker)).toEqual([]);
    await stage.store.close();
  });

  test('C8: cancel against completion, the first commit wins', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const job = await stage.submit();
    const attempt = await stage.run(job, worker);
    await stage.jobs.requestCancel([job.id], 'stop');
    await stage.settle(attempt, DONE);
    expect(await stage.state(job)).toBe('succeeded/succeeded');
    expect(await stage.settle(attempt, { status: 'canceled' })).toEqual({ kind: 'conflict' });
    await stage.store.close();
  });

  test('C8: no answer by lease end is canceled as unconfirmed, and the room stays until the next hello', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const job = await stage.submit();
    const attempt = await stage.run(job, worker);
    await stage.jobs.requestCancel([job.id], 'stop');
    stage.clock.pass(LEASE);
    const { lost } = await stage.sweep();
    expect(lost).toMatchObject([{ ...attempt, worker_id: worker.id }]);
    await stage.settle(attempt, LOST_LEASE);
    expect(await stage.state(job)).toBe('canceled/unconfirmed');
    expect(await stage.holds(worker)).toEqual([`${job.id}#1`]);
    await stage.hello();
    expect(await stage.holds(worker)).toEqual([]);
    await stage.store.close();
  });

  test('C8: the room of an unconfirmed end is free once its worker beats without it', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const job = await stage.submit();
    const attempt = await stage.run(job, worker);
    await stage.jobs.requestCancel([job.id], 'stop');
    await stage.settle(attempt, LOST_LEASE);
    const { id: worker_id, session } = worker;
    const beat = (attempts: AttemptRef[]) =>
      stage.jobs.renewLeases([{ worker_id, session, attempts }], LEASE);
    await beat([attempt]);
    expect(await stage.holds(worker)).toHaveLength(1);
    await beat([]);
    expect(await stage.holds(worker)).toEqual([]);
    await stage.store.close();
  });

  test('C8: a beat without it frees no room of an assignment on its way', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const job = await stage.submit();
    await stage.place(job, worker);
    await stage.jobs.renewLeases([{ worker_id: worker.id, session: worker.session, attempts: [] }], LEASE);
    expect(await stage.holds(worker)).toEqual([`${job.id}#1`]);
    await stage.store.close();
  });

  for (const state of ['lost', 'offline'] as const) {
    test(`C8: the room of an unconfirmed end is free once its worker is ${state}`, async () => {
      const stage = await Stage.open(open);
      const worker = await stage.hello();
      const job = await stage.submit();
      const attempt = await stage.run(job, worker);
      await stage.jobs.requestCancel([job.id], 'stop');
      await stage.settle(attempt, LOST_LEASE);
      expect(await stage.holds(worker)).toHaveLength(1);
      const { id: worker_id, session } = worker;
      await stage.jobs.upsertWorker({
        kind: 'state',
        worker_id,
        session,
        state,
        code: 'gone',
        message: 'gone',
      });
      expect(await stage.holds(worker)).toEqual([]);
      await stage.store.close();
    });
  }

  test('C8: after a restart of its worker nothing of a canceled attempt is kept', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const job = await stage.submit();
    const attempt = await stage.run(job, worker);
    await stage.jobs.requestCancel([job.id], 'stop');
    await stage.settle(attempt, { status: 'lost', code: 'worker_restarted', message: 'it restarted' });
    expect(await stage.holds(worker)).toEqual([]);
    await stage.store.close();
  });
}
