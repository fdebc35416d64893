import { expect, test } from 'vitest';
import type { JobRecord } from '../../core/job.ts';
import type { WorkerRecord } from '../../core/worker.ts';
import type { AttemptRef } from '../../protocol/attempt.ts';
import { DONE, LEASE, LOST, LOST_LEASE, type OpenStore, offerOf, Stage } from './fixture.ts';

interface CutOff {
  readonly stage: Stage;
  readonly worker: WorkerRecord;
  readonly job: JobRecord;
  readonly attempt: AttemptRef;
  beat(): Promise<unknown>;
}

/** A job whose worker was silent until the job was queued again. */
async function cutOff(open: OpenStore, on_partition: 'kill' | 'keep_running'): Promise<CutOff> {
  const stage = await Stage.open(open);
  const worker = await stage.hello(1, 'boot-1', offerOf({ slots: 1 }));
  const job = await stage.submit({ on_partition });
  const attempt = await stage.run(job, worker);
  stage.clock.pass(LEASE + LOST);
  await stage.settle(attempt, LOST_LEASE);
  const beat = async () => {
    const item = { worker_id: worker.id, session: worker.session, attempts: [attempt] };
    return (await stage.jobs.renewLeases([item], LEASE))[0];
  };
  return { stage, worker, job, attempt, beat };
}

export function partitionClauses(open: OpenStore): void {
  test('C3: an attempt that kept running gets its job back while nothing else took over, as if never lost', async () => {
    const { stage, worker, job, attempt, beat } = await cutOff(open, 'keep_running');
    expect(await stage.state(job)).toBe('queued/retry_infra');
    expect(await stage.holds(worker)).toEqual([]);
    expect(await beat()).toMatchObject({ verdicts: ['continue'] });
    expect(await stage.state(job)).toBe('running/reconnected');
    expect(await stage.get(job.id)).toMatchObject({
      epoch: 1,
      retries_used: { infra: 0 },
      lost_workers: [],
      adrift: null,
    });
    expect(await stage.holds(worker)).toEqual([`${job.id}#1`]);
    expect(await stage.ready()).toEqual([]);
    expect(await stage.settle(attempt)).toMatchObject({ kind: 'committed' });
    await stage.store.close();
  });

  test('C3: once another attempt was placed it is stale like any other', async () => {
    const { stage, job, attempt, beat } = await cutOff(open, 'keep_running');
    const second = await stage.run(job, await stage.hello(2));
    expect(await beat()).toMatchObject({ verdicts: ['abandon'] });
    expect(await stage.settle(attempt)).toEqual({ kind: 'lease_lost' });
    expect(await stage.settle(second, DONE)).toMatchObject({ kind: 'committed' });
    await stage.store.close();
  });

  test('C3: one that was to be killed is not taken back', async () => {
    const { stage, job, beat } = await cutOff(open, 'kill');
    expect(await beat()).toMatchObject({ verdicts: ['abandon'] });
    expect(await stage.state(job)).toBe('queued/retry_infra');
    await stage.store.close();
  });

  test('C3: nor is one whose room was given away or whose process is new', async () => {
    const { stage, worker, job, beat } = await cutOff(open, 'keep_running');
    await stage.jobs.renewLeases([{ worker_id: worker.id, session: worker.session, attempts: [] }], LEASE);
    await stage.place(await stage.submit(), worker);
    expect(await beat()).toMatchObject({ verdicts: ['abandon'] });
    expect(await stage.state(job)).toBe('queued/retry_infra');
    await stage.store.close();
  });

  test('C3, C9: what it saves while nobody has taken over is where the next one goes on', async () => {
    const { stage, job, attempt } = await cutOff(open, 'keep_running');
    const files = [{ name: 'state.json', size: 1, sha256: 'd'.repeat(64) }];
    const commit = async (seq: number) =>
      (await stage.jobs.commitCheckpoints([{ attempt, seq, files }]))[0]?.kind;
    expect(await commit(1)).toBe('committed');
    await stage.place(job, await stage.hello(2));
    expect(await commit(2)).toBe('lease_lost');
    expect((await stage.get(job.id)).checkpoint).toMatchObject({ epoch: 1, seq: 1 });
    await stage.store.close();
  });

  test('C3, C8: a cancel while it is cut off cannot be confirmed, and says so', async () => {
    const { stage, job, beat } = await cutOff(open, 'keep_running');
    await stage.jobs.requestCancel([job.id], 'enough');
    expect(await stage.state(job)).toBe('canceled/unconfirmed');
    expect(await beat()).toMatchObject({ verdicts: ['abandon'] });
    await stage.store.close();
  });
}
