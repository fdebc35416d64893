import { expect, test } from 'vitest';
import {
  artifactOf,
  DONE,
  failedBy,
  LEASE,
  LOST_LEASE,
  nonceOf,
  type OpenStore,
  offerOf,
  RESERVE,
  Stage,
} from './fixture.ts';

export function attemptClauses(open: OpenStore): void {
  test('C1: each claim raises the epoch and carries its own nonce', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const job = await stage.submit();
    const first = await stage.place(job, worker);
    await stage.jobs.releaseUndelivered([first]);
    const second = await stage.place(job, worker);
    expect([first.epoch, second.epoch]).toEqual([1, 2]);
    expect(first.nonce).not.toBe(second.nonce);
    await stage.store.close();
  });

  test('C2: every write of a stale attempt is refused and changes nothing', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const job = await stage.submit();
    const stale = await stage.place(job, worker);
    await stage.jobs.releaseUndelivered([stale]);
    const current = await stage.run(job, worker);
    const wrongNonce = { ...current, nonce: nonceOf(999) };
    const before = await stage.get(job.id);
    for (const ref of [stale, wrongNonce]) {
      expect(await stage.jobs.startAttempts([{ attempt: ref, phase: 'started' }])).toEqual(['lease_lost']);
      expect(await stage.settle(ref)).toEqual({ kind: 'lease_lost' });
      expect(await stage.jobs.releaseUndelivered([ref])).toEqual([]);
      const [renewed] = await stage.jobs.renewLeases(
        [
          {
            worker_id: worker.id,
            session: worker.session,
            attempts: [{ ...ref, progress: { percent: 99 } }],
          },
        ],
        LEASE,
      );
      expect(renewed).toEqual({ kind: 'renewed', verdicts: ['abandon'] });
    }
    expect(await stage.get(job.id)).toEqual(before);
    await stage.store.close();
  });

  test('C3: a renewal moves the lease and the worker’s last word, and keeps the best progress', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const job = await stage.submit();
    const attempt = await stage.run(job, worker);
    stage.clock.pass(10_000);
    const renew = (percent: number) =>
      stage.jobs.renewLeases(
        [
          {
            worker_id: worker.id,
            session: worker.session,
            attempts: [{ ...attempt, progress: { percent } }],
          },
        ],
        LEASE,
      );
    await renew(40);
    await renew(20);
    const { status, progress } = await stage.get(job.id);
    expect(status).toMatchObject({ attempt: { lease_until: stage.clock.now() + LEASE } });
    expect(progress).toEqual({ percent: 40 });
    expect((await stage.worker(worker.id)).last_seen_at).toBe(stage.clock.now());
    await stage.store.close();
  });

  test('C3b: a placement reserves on its worker, and its end gives back', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const job = await stage.submit();
    const attempt = await stage.run(job, worker);
    expect((await stage.worker(worker.id)).holds).toEqual(new Map([[`${job.id}#1`, RESERVE]]));
    await stage.settle(attempt);
    expect(await stage.holds(worker)).toEqual([]);
    await stage.store.close();
  });

  test('C3b: a changed session refuses that item alone', async () => {
    const stage = await Stage.open(open);
    const old = await stage.hello(1);
    const other = await stage.hello(2);
    const [a, b] = [await stage.submit(), await stage.submit()];
    await stage.hello(1);
    const item = (job: typeof a, worker: typeof old) => ({
      job_id: job.id,
      expected_epoch: 0,
      worker_id: worker.id,
      expected_session: worker.session,
      reserve: RESERVE,
      nonce: stage.nonce(),
    });
    const results = await stage.jobs.commitPlacements([item(a, old), item(b, other)], LEASE);
    expect(results[0]).toEqual({ kind: 'refused', why: 'worker_changed' });
    expect(results[1]?.kind).toBe('placed');
    await stage.store.close();
  });

  test('C3b: no room refuses that item alone, within a plan and across plans', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello(1, 'b', offerOf({ slots: 2 }));
    const jobs = [await stage.submit(), await stage.submit(), await stage.submit()];
    const items = jobs.map((job) => ({
      job_id: job.id,
      expected_epoch: 0,
      worker_id: worker.id,
      expected_session: worker.session,
      reserve: RESERVE,
      nonce: stage.nonce(),
    }));
    const results = await stage.jobs.commitPlacements(items, LEASE);
    expect(results.map((result) => result.kind)).toEqual(['placed', 'placed', 'refused']);
    const last = jobs[2] ?? stage.make();
    expect(await stage.tryPlace(last, worker)).toEqual({ kind: 'refused', why: 'no_room' });
    await stage.store.close();
  });

  test('C3b: cpu, memory and VRAM bound what a worker takes', async () => {
    const stage = await Stage.open(open);
    const gpu = { name: 'g', vram_bytes: 10, vram_free_bytes: 10 };
    const hardware = { ...offerOf().hardware, cpus: 2, memory_bytes: 100, gpus: [gpu] };
    const worker = await stage.hello(1, 'b', offerOf({ hardware }));
    const tooMuch = [{ cpu: 3 }, { memory_bytes: 101 }, { gpus: [0], vram_bytes: 11 }, { gpus: [1] }];
    const fitting = { ...RESERVE, cpu: 2, memory_bytes: 100, gpus: [0], vram_bytes: 10 };
    for (const over of tooMuch) {
      const result = await stage.tryPlace(await stage.submit(), worker, {
        ...RESERVE,
        memory_bytes: 1,
        ...over,
      });
      expect(result).toEqual({ kind: 'refused', why: 'no_room' });
    }
    expect((await stage.tryPlace(await stage.submit(), worker, fitting))?.kind).toBe('placed');
    await stage.store.close();
  });

  test('C3b: a job that changed since it was read is refused', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const job = await stage.submit();
    await stage.place(job, worker);
    expect(await stage.tryPlace(job, worker)).toEqual({ kind: 'refused', why: 'job_changed' });
    const later = await stage.submit({ run_at: stage.clock.now() + 1 });
    expect(await stage.tryPlace(later, worker)).toEqual({ kind: 'refused', why: 'job_changed' });
    expect(await stage.tryPlace(await stage.submit(), { ...worker, id: worker.id })).toMatchObject({
      kind: 'placed',
    });
    await stage.store.close();
  });

  test('C3b: a draining or disconnected worker is given nothing', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const job = await stage.submit();
    await stage.jobs.upsertWorker({ kind: 'drain', worker_id: worker.id, draining: true });
    expect(await stage.tryPlace(job, worker)).toEqual({ kind: 'refused', why: 'worker_changed' });
    await stage.jobs.upsertWorker({ kind: 'drain', worker_id: worker.id, draining: false });
    await stage.jobs.upsertWorker({ kind: 'disconnect', worker_id: worker.id, session: worker.session });
    expect(await stage.tryPlace(job, worker)).toEqual({ kind: 'refused', why: 'worker_changed' });
    await stage.store.close();
  });

  test('C3b: an undelivered assignment is released at its old rank, with no retry spent', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const job = await stage.submit();
    const attempt = await stage.place(job, worker);
    stage.clock.pass(2000);
    expect(await stage.jobs.releaseUndelivered([attempt])).toEqual([job.id]);
    const now = await stage.get(job.id);
    expect(now).toMatchObject({ rank: job.rank, retries_used: job.retries_used, wake_at: null });
    expect(now.status).toMatchObject({ state: 'queued', reason: { code: 'undelivered' } });
    expect(await stage.holds(worker)).toEqual([]);
    await stage.store.close();
  });

  test('C3b: an accepted assignment is not released', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const job = await stage.submit();
    const attempt = await stage.place(job, worker);
    expect(await stage.jobs.startAttempts([{ attempt, phase: 'accepted' }])).toEqual(['starting']);
    expect(await stage.jobs.releaseUndelivered([attempt])).toEqual([]);
    expect(await stage.jobs.startAttempts([{ attempt, phase: 'started' }])).toEqual(['running']);
    expect(await stage.jobs.startAttempts([{ attempt, phase: 'started' }])).toEqual(['running']);
    await stage.store.close();
  });

  test('C5: the same outcome again is a duplicate, another one a conflict; the first counts', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const job = await stage.submit();
    const attempt = await stage.run(job, worker);
    const committed = await stage.settle(attempt);
    expect(committed).toMatchObject({ kind: 'committed', job: { result: { engine: 'builtin' } } });
    expect(await stage.settle(attempt)).toEqual({ kind: 'duplicate' });
    expect(await stage.settle(attempt, failedBy('user'))).toEqual({ kind: 'conflict' });
    expect(await stage.state(job)).toBe('succeeded/succeeded');
    await stage.store.close();
  });

  test('C5: the manifest appears with the outcome, and leads back to its job', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const job = await stage.submit();
    const attempt = await stage.run(job, worker);
    const artifacts = [artifactOf(1), artifactOf(2)];
    expect(await stage.jobs.getJob({ artifact: artifactOf(1).id })).toBeNull();
    await stage.settle(attempt, DONE, { artifacts });
    const found = await stage.jobs.getJob({ artifact: artifactOf(2).id });
    expect(found?.job).toMatchObject({ id: job.id, artifacts });
    await stage.store.close();
  });

  test('C7: each cause has its own budget; a back-off hides the job until it wakes', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const job = await stage.submit({
      retry: { user: 1, infra: 0, oom: 0, timeout: 0, backoff_ms: 1000, max_backoff_ms: 60_000 },
    });
    await stage.settle(await stage.run(job, worker), failedBy('user'));
    expect(await stage.state(job)).toBe('queued/retry_user');
    expect(await stage.ready()).toEqual([]);
    stage.clock.pass(500);
    expect(await stage.sweep()).toMatchObject({ woken: 1 });
    expect(await stage.ready()).toHaveLength(1);
    await stage.settle(await stage.run(job, worker), failedBy('user'));
    expect(await stage.state(job)).toBe('failed/user_error');
    await stage.store.close();
  });

  test('C7: out of memory asks for twice as much, in another class', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const job = await stage.submit();
    await stage.settle(await stage.run(job, worker), failedBy('oom'), { jitter: 0 });
    const again = await stage.get(job.id);
    expect(again.requirements.memory_bytes).toBe(2 * job.requirements.memory_bytes);
    expect(again.class_key).not.toBe(job.class_key);
    expect((await stage.ready()).map((ready) => ready.class_key)).toEqual([again.class_key]);
    await stage.store.close();
  });

  test('C7: three distinct workers lost put the job aside', async () => {
    const stage = await Stage.open(open);
    const job = await stage.submit();
    for (const number of [1, 2, 3]) {
      const worker = await stage.hello(number);
      await stage.settle(await stage.run(job, worker), LOST_LEASE);
    }
    expect(await stage.state(job)).toBe('quarantined/quarantined');
    await stage.store.close();
  });

  test('C9: a preempted job keeps its place and its budget', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const job = await stage.submit();
    const attempt = await stage.run(job, worker);
    stage.clock.pass(5000);
    await stage.settle(attempt, { status: 'preempted', message: 'spot notice' });
    expect(await stage.get(job.id)).toMatchObject({ rank: job.rank, retries_used: job.retries_used });
    expect(await stage.state(job)).toBe('queued/preempted');
    await stage.store.close();
  });
}
