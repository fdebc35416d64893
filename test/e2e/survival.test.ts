import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import type { Job } from '../../src/protocol/job.ts';
import { end, kill9, type Product, startProduct, until } from './product.fixture.ts';

let product: Product;
afterEach(() => product.close());

/** Writes one line per run, so that the number of runs can be counted afterwards. */
const counted = (dir: string, seconds: number) => ({
  module: 'exec',
  input: { command: ['sh', '-c', `echo run >> ${dir}/runs; sleep ${seconds}; echo done`] },
});
const runs = (dir: string): number => readFileSync(`${dir}/runs`, 'utf8').trim().split('\n').length;

const inState = (id: string, state: Job['state']) => async (): Promise<Job | null> => {
  const job = await product.client.jobs.get(id);
  return job.state === state ? job : null;
};

describe('kill -9', () => {
  test('of a worker that is restarted: its job is running again within 3 s and ends well', async () => {
    product = await startProduct();
    const worker = product.worker('a');
    const job = await product.client.jobs.submit(counted(product.dir, 2));
    await until('its command runs', async () => existsSync(`${product.dir}/runs`));
    await kill9(worker);
    const killed = performance.now();
    product.worker('a');
    const again = await until('it runs again', async () => {
      const seen = await product.client.jobs.get(job.id);
      return seen.state === 'running' && seen.attempt === 2 ? seen : null;
    });
    expect(again.retries_used.infra).toBe(1);
    expect(performance.now() - killed).toBeLessThan(3000);
    const ended = await product.client.jobs.wait(job.id);
    expect(ended).toMatchObject({ state: 'succeeded', attempt: 2 });
    expect(runs(product.dir)).toBe(2);
  });

  test('of a worker that stays away: another one runs its job after lost_after, once', async () => {
    product = await startProduct(['--no-local-worker', '--lease', '1500']);
    const first = product.worker('a');
    await until('a is there', async () =>
      (await product.client.workers.list()).find((worker) => worker.connected),
    );
    const job = await product.client.jobs.submit(counted(product.dir, 1));
    await until('the job runs', inState(job.id, 'running'));
    product.worker('b');
    await kill9(first);
    const ended = await product.client.jobs.wait(job.id, { timeoutMs: 30_000 });
    expect(ended).toMatchObject({ state: 'succeeded', attempt: 2 });
    expect(ended.timeline.map((point) => point.code)).toContain('retry_infra');
  });

  test('of the orchestrator: every acknowledged job is there, the running one goes on and is not run twice', async () => {
    product = await startProduct();
    product.worker('a');
    const running = await product.client.jobs.submit(counted(product.dir, 3));
    await until('the job runs', inState(running.id, 'running'));
    const waiting = await product.client.jobs.submitMany(
      Array.from({ length: 50 }, (_, n) => ({ module: 'test', input: { echo: n } })),
    );
    await kill9(product.server);
    await product.restartServer();
    const ended = await product.client.jobs.wait(running.id, { timeoutMs: 30_000 });
    expect(ended).toMatchObject({ state: 'succeeded', attempt: 1 });
    expect(runs(product.dir)).toBe(1);
    for (const item of waiting) {
      if (item.job === undefined) throw new Error('was refused');
      expect((await product.client.jobs.wait(item.job.id, { timeoutMs: 30_000 })).state).toBe('succeeded');
    }
  });

  test('of a worker leaves no process of its job behind once it is back', async () => {
    product = await startProduct();
    const worker = product.worker('a');
    const job = await product.client.jobs.submit({
      module: 'exec',
      input: { command: ['sh', '-c', 'sleep 611 & sleep 611'] },
    });
    await until('the job runs', inState(job.id, 'running'));
    await until('its children run', async () => processesWith('sleep', '611').length === 2);
    await kill9(worker);
    await product.client.jobs.cancel(job.id);
    product.worker('a');
    await until('they are gone', async () => processesWith('sleep', '611').length === 0, 5000);
  });
});

const processesWith = (...argv: string[]): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(argv.join('\u0000'));
      } catch {
        return false;
      }
    });

describe('ends', () => {
  test('C8: cancel of a running exec with children leaves no process within 5 s', async () => {
    product = await startProduct();
    product.worker('a');
    const job = await product.client.jobs.submit({
      module: 'exec',
      input: { command: ['sh', '-c', 'sleep 607 & setsid sleep 607 & (trap "" TERM; sleep 607) & wait'] },
    });
    await until('its children run', async () => processesWith('sleep', '607').length >= 3);
    const asked = performance.now();
    expect((await product.client.jobs.cancel(job.id)).result).toBe('canceling');
    await until('no process is left', async () => processesWith('sleep', '607').length === 0, 5000);
    const ended = await product.client.jobs.wait(job.id, { timeoutMs: 5000 });
    expect(ended.state).toBe('canceled');
    expect(performance.now() - asked).toBeLessThan(5000);
  });

  test('SIGTERM of a worker lets its job end, SIGTERM of the orchestrator leaves the queue for the next start', async () => {
    product = await startProduct();
    const worker = product.worker('a');
    const job = await product.client.jobs.submit(counted(product.dir, 1));
    await until('the job runs', inState(job.id, 'running'));
    await end(worker);
    expect(worker.exitCode).toBe(0);
    expect((await product.client.jobs.get(job.id)).state).toBe('succeeded');
    const later = await product.client.jobs.submit({ module: 'test', input: {} });
    await end(product.server);
    expect(product.server.exitCode).toBe(0);
    await product.restartServer();
    expect((await product.client.jobs.get(later.id)).state).toBe('queued');
  });
});
