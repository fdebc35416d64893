import { expect, test } from 'vitest';
import { DONE, LEASE, LOST, LOST_LEASE, type OpenStore, Stage } from './fixture.ts';

export function sweepClauses(open: OpenStore): void {
  test('C4: silence makes an attempt suspect at lease end and lost after lost_after, not before', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const job = await stage.submit();
    const attempt = await stage.run(job, worker);
    const placed = stage.clock.now();
    expect(await stage.sweep()).toEqual({ lost: [], woken: 0, expired: 0, next_at: placed + LEASE });
    stage.clock.pass(LEASE);
    expect(await stage.sweep()).toMatchObject({ lost: [], next_at: placed + LOST });
    expect((await stage.get(job.id)).status).toMatchObject({ state: 'running', suspect: true });
    stage.clock.pass(LOST - LEASE - 1);
    expect((await stage.sweep()).lost).toEqual([]);
    stage.clock.pass(1);
    expect((await stage.sweep()).lost).toMatchObject([{ ...attempt, worker_id: worker.id }]);
    await stage.settle(attempt, LOST_LEASE);
    expect(await stage.sweep()).toMatchObject({ lost: [], next_at: null });
    expect(await stage.state(job)).toBe('queued/retry_infra');
    await stage.store.close();
  });

  test('C4: a suspect attempt is taken back by a beat, and its outcome is still accepted', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const [a, b] = [await stage.submit(), await stage.submit()];
    const [first, second] = [await stage.run(a, worker), await stage.run(b, worker)];
    stage.clock.pass(LEASE + 1);
    await stage.sweep();
    await stage.jobs.renewLeases(
      [{ worker_id: worker.id, session: worker.session, attempts: [first] }],
      LEASE,
    );
    expect((await stage.get(a.id)).status).toMatchObject({ suspect: false });
    expect((await stage.settle(second, DONE)).kind).toBe('committed');
    await stage.store.close();
  });

  test('C3: a sweep that spares the leases leaves even a canceled attempt alone, and still wakes jobs', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const job = await stage.submit();
    const attempt = await stage.run(job, worker);
    await stage.jobs.requestCancel([job.id], 'stop');
    await stage.submit({ run_at: stage.clock.now() + 10 });
    stage.clock.pass(10 * LOST);
    const query = { lost_after_ms: Number.MAX_SAFE_INTEGER, lease_ms: LEASE, limit: 100 };
    const spared = await stage.jobs.expireLeases(query);
    expect(spared).toEqual({ lost: [], woken: 1, expired: 0, next_at: null });
    expect((await stage.get(job.id)).status).toMatchObject({ state: 'running', suspect: false });
    expect((await stage.sweep()).lost).toMatchObject([{ ...attempt, worker_id: worker.id }]);
    await stage.store.close();
  });

  test('C4: a lease renewed between the sweep and its settlement is not lost', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const job = await stage.submit();
    const attempt = await stage.run(job, worker);
    stage.clock.pass(LOST);
    const [found] = (await stage.sweep()).lost;
    const { id: worker_id, session } = worker;
    await stage.jobs.renewLeases([{ worker_id, session, attempts: [attempt] }], LEASE);
    stage.clock.pass(LEASE);
    const lease_until = found?.lease_until ?? 0;
    const lost = { status: 'lost', code: 'lease_expired', message: 'silence', lease_until } as const;
    expect(await stage.settle(attempt, lost)).toEqual({ kind: 'lease_lost' });
    expect((await stage.get(job.id)).status.state).toBe('running');
    await stage.store.close();
  });

  test('C3: an assignment that nobody accepted is lost like any other', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const attempt = await stage.place(await stage.submit(), worker);
    stage.clock.pass(LEASE);
    expect((await stage.sweep()).lost).toEqual([]);
    stage.clock.pass(LOST - LEASE);
    expect((await stage.sweep()).lost).toMatchObject([{ ...attempt, worker_id: worker.id }]);
    await stage.store.close();
  });

  test('§4: a scheduled job wakes at its time and not before', async () => {
    const stage = await Stage.open(open);
    const job = await stage.submit({ run_at: stage.clock.now() + 5000 });
    expect(await stage.sweep()).toMatchObject({ woken: 0, next_at: stage.clock.now() + 5000 });
    stage.clock.pass(5000);
    expect(await stage.sweep()).toMatchObject({ woken: 1, next_at: null });
    expect((await stage.ready()).map(({ id }) => id)).toEqual([job.id]);
    await stage.store.close();
  });

  test('§1: a queued job expires at its deadline; one that started does not', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const deadline_at = stage.clock.now() + 1000;
    const [waits, runs] = [await stage.submit({ deadline_at }), await stage.submit({ deadline_at })];
    await stage.run(runs, worker);
    expect((await stage.sweep()).next_at).toBe(deadline_at);
    stage.clock.pass(1000);
    expect(await stage.sweep()).toMatchObject({ expired: 1 });
    expect([await stage.state(waits), (await stage.get(runs.id)).status.state]).toEqual([
      'expired/deadline',
      'running',
    ]);
    await stage.store.close();
  });

  test('§4: a sweep does at most its limit and asks to be called again at once', async () => {
    const stage = await Stage.open(open);
    const run_at = stage.clock.now() + 10;
    for (let index = 0; index < 5; index += 1) await stage.submit({ run_at });
    stage.clock.pass(10);
    expect(await stage.sweep(2)).toMatchObject({ woken: 2, next_at: stage.clock.now() });
    expect(await stage.sweep(10)).toMatchObject({ woken: 3, next_at: null });
    await stage.store.close();
  });

  test('§4 roles: one holder at a time; the token rises with each new one', async () => {
    const stage = await Stage.open(open);
    const hold = (holder: string) => stage.jobs.holdRole('scaler', holder, 1000);
    expect(await hold('a')).toEqual({ held: true, token: 1 });
    expect(await hold('b')).toEqual({ held: false, token: 1 });
    stage.clock.pass(900);
    expect(await hold('a')).toEqual({ held: true, token: 1 });
    stage.clock.pass(999);
    expect(await hold('b')).toMatchObject({ held: false });
    stage.clock.pass(1);
    expect(await hold('b')).toEqual({ held: true, token: 2 });
    expect(await hold('a')).toEqual({ held: false, token: 2 });
    await stage.store.close();
  });
}
