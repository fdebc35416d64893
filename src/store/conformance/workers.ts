import { expect, test } from 'vitest';
import { idOf, LEASE, type OpenStore, offerOf, Stage } from './fixture.ts';

export function workerClauses(open: OpenStore): void {
  test('C3b: the first hello registers with session 1', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    expect(worker).toMatchObject({ session: 1, state: 'online', connected: true, holds: new Map() });
    expect(await stage.jobs.listWorkers()).toEqual([worker]);
    await stage.store.close();
  });

  test('C3b: the same boot id takes over: the session rises, leases and room are kept', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const job = await stage.submit();
    const attempt = await stage.run(job, worker);
    const again = await stage.jobs.upsertWorker({
      kind: 'hello',
      worker_id: worker.id,
      boot_id: 'boot-1',
      offer: offerOf({ slots: 9 }),
      silent_ms: 10_000,
    });
    expect(again).toMatchObject({ kind: 'ok', same_boot: true, orphans: [attempt] });
    expect(again).toMatchObject({
      worker: { session: 2, offer: { slots: 9 }, registered_at: worker.registered_at },
    });
    expect(await stage.holds(worker)).toEqual([`${job.id}#1`]);
    const stale = { worker_id: worker.id, session: 1, attempts: [attempt] };
    expect(await stage.jobs.renewLeases([stale], LEASE)).toEqual([{ kind: 'session_changed' }]);
    const [renewed] = await stage.jobs.renewLeases([{ ...stale, session: 2 }], LEASE);
    expect(renewed).toEqual({ kind: 'renewed', verdicts: ['continue'] });
    await stage.store.close();
  });

  test('C3b: another boot id is refused while the old one is connected and heard', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    stage.clock.pass(4000);
    const other = {
      kind: 'hello',
      worker_id: worker.id,
      boot_id: 'boot-2',
      offer: offerOf(),
      silent_ms: 10_000,
    } as const;
    expect(await stage.jobs.upsertWorker(other)).toEqual({ kind: 'in_use', retry_after_ms: 6000 });
    stage.clock.pass(6000);
    expect(await stage.jobs.upsertWorker(other)).toMatchObject({
      kind: 'ok',
      same_boot: false,
      worker: { session: 2 },
    });
    await stage.store.close();
  });

  test('C3b: another boot id is accepted once the socket is closed, and names its predecessor’s attempts', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const attempt = await stage.run(await stage.submit(), worker);
    await stage.jobs.upsertWorker({ kind: 'disconnect', worker_id: worker.id, session: worker.session });
    const result = await stage.jobs.upsertWorker({
      kind: 'hello',
      worker_id: worker.id,
      boot_id: 'boot-2',
      offer: offerOf(),
      silent_ms: 10_000,
    });
    expect(result).toMatchObject({ kind: 'ok', same_boot: false, orphans: [attempt] });
    await stage.store.close();
  });

  test('C3b: what an older session says is not heard', async () => {
    const stage = await Stage.open(open);
    const old = await stage.hello();
    const now = await stage.hello();
    const { id: worker_id } = old;
    for (const kind of ['disconnect', 'bye'] as const) {
      const result = await stage.jobs.upsertWorker({ kind, worker_id, session: old.session });
      expect(result).toEqual({ kind: 'not_found' });
    }
    expect(await stage.worker(worker_id)).toEqual(now);
    const unknown = idOf('wrk', 99);
    const result = await stage.jobs.upsertWorker({ kind: 'drain', worker_id: unknown, draining: true });
    expect(result).toEqual({ kind: 'not_found' });
    await stage.store.close();
  });

  test('C4: states are told with their reasons; a beat brings a silent worker back', async () => {
    const stage = await Stage.open(open);
    const { id: worker_id, session } = await stage.hello();
    await stage.jobs.upsertWorker({
      kind: 'state',
      worker_id,
      session,
      state: 'unreachable',
      code: 'beats_missed',
      message: 'no beat for 20 s',
    });
    expect(await stage.worker(worker_id)).toMatchObject({
      state: 'unreachable',
      reason: { code: 'beats_missed' },
    });
    await stage.jobs.renewLeases([{ worker_id, session, attempts: [] }], LEASE);
    expect(await stage.worker(worker_id)).toMatchObject({ state: 'online', connected: true });
    expect(await stage.events()).toEqual(['worker.online', 'worker.unreachable', 'worker.online']);
    await stage.store.close();
  });

  test('C4: a worker that was asleep takes work again with its first beat', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const { id: worker_id, session } = worker;
    const lost = {
      kind: 'state',
      worker_id,
      session,
      state: 'lost',
      code: 'lost',
      message: 'silent',
    } as const;
    await stage.jobs.upsertWorker(lost);
    const job = await stage.submit();
    expect(await stage.tryPlace(job, worker)).toEqual({ kind: 'refused', why: 'worker_changed' });
    await stage.jobs.renewLeases([{ worker_id, session, attempts: [] }], LEASE);
    expect((await stage.tryPlace(job, worker))?.kind).toBe('placed');
    await stage.store.close();
  });

  test('C9: draining outlives a reconnect and ends with a new process', async () => {
    const stage = await Stage.open(open);
    const { id: worker_id } = await stage.hello();
    await stage.jobs.upsertWorker({ kind: 'drain', worker_id, draining: true });
    expect(await stage.hello()).toMatchObject({ state: 'draining', draining: true });
    stage.clock.pass(10_000);
    expect(await stage.hello(1, 'boot-2')).toMatchObject({ state: 'online', draining: false });
    await stage.store.close();
  });

  test('C4: good-bye takes the worker offline and names what it leaves', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const attempt = await stage.run(await stage.submit(), worker);
    const result = await stage.jobs.upsertWorker({
      kind: 'bye',
      worker_id: worker.id,
      session: worker.session,
    });
    expect(result).toMatchObject({
      kind: 'ok',
      orphans: [attempt],
      worker: { state: 'offline', connected: false },
    });
    await stage.store.close();
  });
}
