import { expect, test } from 'vitest';
import type { AttemptRef, Outcome } from '../../protocol/attempt.ts';
import { DONE, failedBy, LEASE, LOST_LEASE, nonceOf, type OpenStore, Stage } from './fixture.ts';

const FILES = [{ name: 'state.json', size: 2, sha256: 'b'.repeat(64) }];

const save = async (stage: Stage, attempt: AttemptRef, seq = 1) =>
  (await stage.jobs.commitCheckpoints([{ attempt, seq, files: FILES }]))[0];

export function checkpointClauses(open: OpenStore): void {
  test('C9: the last committed checkpoint is the resume pointer, and the one before is named to be dropped', async () => {
    const stage = await Stage.open(open);
    const job = await stage.submit();
    const attempt = await stage.run(job, await stage.hello());
    expect(await save(stage, attempt)).toEqual({ kind: 'committed', superseded: null });
    const first = (await stage.get(job.id)).checkpoint;
    const { epoch, nonce } = attempt;
    expect(first).toEqual({ epoch, nonce, seq: 1, at: stage.clock.now(), files: FILES });
    expect(await save(stage, attempt, 2)).toEqual({ kind: 'committed', superseded: first });
    expect(await save(stage, attempt, 2)).toEqual({ kind: 'duplicate' });
    expect(await save(stage, attempt, 1)).toEqual({ kind: 'duplicate' });
    expect((await stage.get(job.id)).checkpoint).toMatchObject({ seq: 2 });
    await stage.store.close();
  });

  test('C2: the checkpoint of a stale attempt is refused and changes nothing', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const job = await stage.submit();
    const stale = await stage.place(job, worker);
    await stage.jobs.releaseUndelivered([stale]);
    const attempt = await stage.run(job, worker);
    await save(stage, attempt);
    const before = await stage.get(job.id);
    for (const ref of [stale, { ...attempt, nonce: nonceOf(999) }])
      expect(await save(stage, ref, 9)).toEqual({ kind: 'lease_lost' });
    expect(await stage.get(job.id)).toEqual(before);
    await stage.store.close();
  });

  test('C9: preempted, lost, timed out and out of memory a job goes on from it; failed by itself it starts afresh', async () => {
    const stage = await Stage.open(open);
    const retry = { user: 1, infra: 5, oom: 1, timeout: 1, backoff_ms: 0, max_backoff_ms: 0 };
    const worker = await stage.hello();
    const unreadable = { cause: 'infra', code: 'checkpoint_unreadable', message: 'gone' } as const;
    const cases: [Outcome, boolean][] = [
      [{ status: 'preempted', message: 'spot' }, true],
      [LOST_LEASE, true],
      [failedBy('infra'), true],
      [failedBy('timeout'), true],
      [failedBy('oom'), true],
      [failedBy('user'), false],
      [{ status: 'failed', error: unreadable, artifacts: [] }, false],
    ];
    for (const [outcome, kept] of cases) {
      const job = await stage.submit({ retry });
      const attempt = await stage.run(job, worker);
      await save(stage, attempt);
      const { checkpoint } = await stage.get(job.id);
      const result = await stage.settle(attempt, outcome);
      expect('forsaken' in result ? result.forsaken : null).toEqual(kept ? null : checkpoint);
      expect(await stage.get(job.id)).toMatchObject({
        status: { state: 'queued' },
        checkpoint: kept ? checkpoint : null,
      });
    }
    await stage.store.close();
  });

  test('C9: a job that has ended has none, and says what is to be dropped', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const [done, canceled] = [await stage.submit(), await stage.submit()];
    const first = await stage.run(done, worker);
    await save(stage, first);
    expect(await stage.settle(first, DONE)).toMatchObject({ forsaken: { seq: 1 } });
    expect((await stage.get(done.id)).checkpoint).toBeNull();
    const second = await stage.run(canceled, worker);
    await save(stage, second);
    await stage.settle(second, { status: 'preempted', message: 'spot' });
    const [answer] = await stage.jobs.requestCancel([canceled.id], 'enough');
    expect(answer).toMatchObject({ kind: 'canceled', forsaken: { seq: 1 } });
    await stage.store.close();
  });

  test('C9: beats to a worker that drains say so, with the time that is left', async () => {
    const stage = await Stage.open(open);
    const { id: worker_id, session } = await stage.hello();
    const attempt = await stage.run(await stage.submit(), await stage.worker(worker_id));
    const beat = async () =>
      (await stage.jobs.renewLeases([{ worker_id, session, attempts: [attempt] }], LEASE))[0];
    const drain = (draining: boolean, left_ms: number | null) =>
      stage.jobs.upsertWorker({ kind: 'drain', worker_id, draining, left_ms });
    await drain(true, 20_000);
    stage.clock.pass(5000);
    expect(await beat()).toEqual({ kind: 'renewed', verdicts: ['drain'], drain_left_ms: 15_000 });
    await stage.jobs.upsertWorker({ kind: 'drain', worker_id, draining: true });
    expect(await beat()).toMatchObject({ drain_left_ms: 15_000 });
    stage.clock.pass(20_000);
    expect(await beat()).toMatchObject({ drain_left_ms: 0 });
    await drain(true, null);
    expect(await beat()).toEqual({ kind: 'renewed', verdicts: ['drain'] });
    await stage.jobs.requestCancel([attempt.job_id], 'enough');
    expect(await beat()).toMatchObject({ verdicts: ['cancel'] });
    await drain(false, null);
    expect((await stage.worker(worker_id)).drain_until).toBeNull();
    await stage.store.close();
  });
}
