import { afterEach, describe, expect, it } from 'vitest';
import { type Bench, setUp } from '../../test/worker/bench.ts';
import { runWorker } from './worker-main.ts';

let bench: Bench;
afterEach(() => bench.dispose());

describe('drain (C9)', () => {
  it('takes no new work, lets the short ones end, gives the rest back and says good-bye', async () => {
    bench = await setUp();
    const { server } = bench;
    const worker = await bench.start();
    const short = server.assign('test', { sleep_ms: 500, echo: 'short' });
    const long = server.assign('test', { sleep_ms: 600_000 });
    const queued = server.assign('test', { sleep_ms: 600_000 });
    await server.started(short);
    await server.started(long);
    await server.frame('accepted', (frame) => frame.attempts.some((ref) => ref.nonce === queued.nonce));
    const ended = worker.drain('spot notice', 1500);
    await server.frame('drain', (frame) => frame.message === 'spot notice');
    const late = server.assign('test', { echo: 'late' });
    expect(await server.outcome(queued)).toEqual({ status: 'preempted', message: 'spot notice' });
    expect(await server.outcome(short)).toMatchObject({ output: { echo: 'short' } });
    expect(await server.outcome(long)).toEqual({ status: 'preempted', message: 'spot notice' });
    expect(await ended).toEqual({ code: 0, message: 'spot notice' });
    await server.frame('bye');
    const accepted = server.frames.some(
      (frame) => frame.type === 'accepted' && frame.attempts.some((ref) => ref.nonce === late.nonce),
    );
    expect(accepted).toBe(false);
  });

  it('of one attempt gives that one back', async () => {
    bench = await setUp();
    const { server } = bench;
    await bench.start();
    const ref = server.assign('test', { sleep_ms: 600_000 });
    await server.started(ref);
    server.direct(ref, 'drain');
    expect(await server.outcome(ref)).toMatchObject({ status: 'preempted' });
  });

  it('begins at the first signal, and the second one kills', async () => {
    bench = await setUp();
    const { server } = bench;
    const code = runWorker({
      url: server.url,
      name: 'w',
      version: '0.0.1',
      slots: 1,
      stateDir: bench.stateDir,
      capabilities: ['test'],
      log: () => {},
    });
    await server.frame('hello');
    const ref = await server.whenConnected(() => server.assign('test', { sleep_ms: 600_000 }));
    await server.started(ref);
    process.emit('SIGTERM', 'SIGTERM');
    await server.frame('drain');
    process.emit('SIGTERM', 'SIGTERM');
    expect(await code).toBe(143);
    expect(await server.outcome(ref)).toMatchObject({ error: { cause: 'infra', code: 'worker_kill' } });
  });

  it('ends within its bounds when nobody answers', async () => {
    bench = await setUp();
    const worker = await bench.start();
    await bench.server.close();
    const began = performance.now();
    expect(await worker.drain('stop', 100)).toMatchObject({ code: 0 });
    expect(performance.now() - began).toBeLessThan(3000);
  });
});
