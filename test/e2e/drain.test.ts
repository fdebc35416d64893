import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Job } from '../../src/protocol/job.ts';
import { kill9, type Product, startProduct, until } from './product.fixture.ts';

let product: Product;
afterEach(() => product.close());

const COUNTING = { module: 'test', input: { steps: 60, step_ms: 50, checkpoint_every: 5, seed: 4 } };

const seen = (job: Job, holds: (job: Job) => boolean) => async (): Promise<Job | null> => {
  const now = await product.client.jobs.get(job.id);
  return holds(now) ? now : null;
};

const named = (name: string) => async () =>
  (await product.client.workers.list()).find((worker) => worker.name === name && worker.connected);

describe('checkpoints (C9)', () => {
  test('hive drain --deadline moves a running job to another worker, which goes on where it stood', async () => {
    product = await startProduct();
    product.worker('a');
    await until('a is there', named('a'));
    const whole = await product.client.jobs.submit(COUNTING);
    const expected = await product.client.jobs.wait(whole.id);
    const job = await product.client.jobs.submit(COUNTING);
    await until(
      'it has a checkpoint',
      seen(job, (now) => now.checkpoint !== null),
    );
    const drained = await product.cli('drain', 'a', '--deadline', '60s', '-o', 'json');
    expect(drained.code).toBe(0);
    expect(JSON.parse(drained.stdout)).toMatchObject([{ name: 'a', state: 'draining' }]);
    const waiting = await until(
      'it is queued again',
      seen(job, (now) => now.state === 'queued'),
    );
    expect(waiting).toMatchObject({ reason: { code: 'preempted' }, retries_used: { user: 0, infra: 0 } });
    product.worker('b');
    const ended = await product.client.jobs.wait(job.id);
    expect(ended).toMatchObject({
      state: 'succeeded',
      attempt: 2,
      output: expected.output,
      checkpoint: null,
    });
    expect(ended.metrics.resumed_at_step).toBeGreaterThan(0);
    const staged = join(product.dir, 'data', 'blobs', 'staged', 'checkpoints');
    await until(
      'its checkpoints are gone',
      async () => !existsSync(staged) || readdirSync(staged).length === 0,
    );
  });

  test('kill -9 of a worker loses only what came after the last checkpoint', async () => {
    product = await startProduct();
    const worker = product.worker('a');
    const job = await product.client.jobs.submit(COUNTING);
    await until(
      'it has a checkpoint',
      seen(job, (now) => now.checkpoint !== null),
    );
    await kill9(worker);
    product.worker('a');
    const ended = await product.client.jobs.wait(job.id);
    expect(ended).toMatchObject({ state: 'succeeded', attempt: 2, retries_used: { infra: 1 } });
    expect(ended.metrics.resumed_at_step).toBeGreaterThanOrEqual(5);
  });
});
