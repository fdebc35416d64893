import { expect, test } from 'vitest';
import type { WorkerRecord } from '../../core/worker.ts';
import type { Outcome } from '../../protocol/attempt.ts';
import { DONE, failedBy, LOST_LEASE, type OpenStore, Stage } from './fixture.ts';

const infra = (code: string): Outcome => ({
  status: 'failed',
  error: { cause: 'infra', code, message: 'the sandbox process exited' },
  artifacts: [],
});
const BROKEN = infra('sandbox_died');

/** Distinct jobs that end so on the worker, one after the other. */
async function endJobs(stage: Stage, worker: WorkerRecord, ...outcomes: Outcome[]): Promise<void> {
  for (const outcome of outcomes) {
    const job = await stage.submit();
    await stage.settle(await stage.run(job, worker), outcome);
    await stage.jobs.requestCancel([job.id], 'enough');
  }
}

export function breakerClauses(open: OpenStore): void {
  test('C7: three distinct jobs that a worker fails in a row cordon it, with an event and the reason', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    await endJobs(stage, worker, BROKEN, BROKEN);
    expect(await stage.worker(worker.id)).toMatchObject({ state: 'online', draining: false });
    await endJobs(stage, worker, BROKEN);
    const message = '3 jobs in a row failed on it, the last with: the sandbox process exited';
    expect(await stage.worker(worker.id)).toMatchObject({
      state: 'draining',
      draining: true,
      reason: { code: 'cordoned', message },
    });
    const { events } = await stage.jobs.readEvents({ after: 0, limit: 1000 });
    expect(events.at(-2)).toMatchObject({ type: 'worker.draining', reason: { code: 'cordoned' } });
    const waiting = await stage.submit();
    expect(await stage.tryPlace(waiting, worker)).toEqual({ kind: 'refused', why: 'worker_changed' });
    await stage.store.close();
  });

  test('C7: a success between, the same job again, and what is not the worker’s doing do not count', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    await endJobs(stage, worker, BROKEN, BROKEN, DONE, BROKEN, BROKEN);
    await endJobs(stage, worker, failedBy('user'), failedBy('timeout'), failedBy('oom'));
    await endJobs(
      stage,
      worker,
      LOST_LEASE,
      infra('worker_fence'),
      infra('input_corrupt'),
      infra('not_found'),
    );
    expect(await stage.worker(worker.id)).toMatchObject({ draining: false });
    const other = await stage.hello(2);
    const job = await stage.submit();
    for (let time = 0; time < 4; time++) await stage.settle(await stage.run(job, other), BROKEN);
    expect(await stage.worker(other.id)).toMatchObject({ draining: false, failed_jobs: [job.id] });
    await stage.store.close();
  });

  test('C7: jobs that fail elsewhere too clear the first worker and do not count against the second', async () => {
    const stage = await Stage.open(open);
    const [first, second] = [await stage.hello(1), await stage.hello(2)];
    const jobs = [await stage.submit(), await stage.submit(), await stage.submit()];
    for (const job of jobs) await stage.settle(await stage.run(job, first), BROKEN);
    expect((await stage.worker(first.id)).reason.code).toBe('cordoned');
    const [job] = await stage.ready();
    expect(job?.avoid).toEqual([first.id]);
    for (const each of jobs) await stage.settle(await stage.run(each, second), BROKEN);
    expect(await stage.worker(second.id)).toMatchObject({ draining: false });
    expect(await stage.worker(first.id)).toMatchObject({
      state: 'online',
      draining: false,
      reason: { code: 'acquitted' },
      failed_jobs: [],
    });
    await stage.store.close();
  });

  test('C7: a cordon outlives silence and reconnects; resuming it or a new process ends it', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const { id: worker_id } = worker;
    await endJobs(stage, worker, BROKEN, BROKEN, BROKEN);
    const { session } = await stage.hello();
    const silent = { state: 'unreachable', code: 'unreachable', message: 'no beat' } as const;
    await stage.jobs.upsertWorker({ kind: 'state', worker_id, session, ...silent });
    await stage.jobs.renewLeases([{ worker_id, session, attempts: [] }], 30_000);
    expect(await stage.worker(worker_id)).toMatchObject({ state: 'draining', reason: { code: 'cordoned' } });
    await stage.jobs.upsertWorker({ kind: 'drain', worker_id, draining: false });
    expect(await stage.worker(worker_id)).toMatchObject({ state: 'online', reason: { code: 'resumed' } });
    expect(await stage.worker(worker_id)).not.toHaveProperty('cordon');
    await endJobs(stage, await stage.worker(worker_id), BROKEN, BROKEN);
    expect((await stage.worker(worker_id)).draining).toBe(false);
    await endJobs(stage, await stage.worker(worker_id), BROKEN);
    stage.clock.pass(10_000);
    expect(await stage.hello(1, 'boot-2')).toMatchObject({ state: 'online', reason: { code: 'restarted' } });
    await stage.store.close();
  });
}
