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
    server.direct(ref, 'drain', 0);
    expect(await server.outcome(ref)).toMatchObject({ status: 'preempted' });
  });

  it('has what can save a checkpoint leave at once, and what goes on from it end as if unbroken', async () => {
    bench = await setUp();
    const { server } = bench;
    await bench.start();
    const counting = { steps: 40, step_ms: 20, checkpoint_every: 1000, seed: 3 };
    const whole = server.assign('test', counting);
    const broken = server.assign('test', counting);
    await server.progress(broken, (progress) => progress.percent > 20);
    server.direct(broken, 'drain', 60_000);
    expect(await server.outcome(broken)).toEqual({ status: 'preempted', message: 'its worker drains' });
    const resume = server.saved(broken);
    expect(Object.keys(resume).sort()).toEqual(['state.json', 'tally.txt']);
    const { step } = JSON.parse(String(resume['state.json'])) as { step: number };
    expect(step).toBeGreaterThan(7);
    const resumed = server.assign('test', counting, { resume });
    const [first, second] = [await server.outcome(whole), await server.outcome(resumed)];
    expect(first).toMatchObject({ status: 'succeeded', metrics: { resumed_at_step: 0 } });
    expect(second).toMatchObject({ status: 'succeeded', metrics: { resumed_at_step: step } });
    if (first.status !== 'succeeded' || second.status !== 'succeeded') throw new Error('both succeeded');
    expect(second.output).toEqual(first.output);
    expect(second.artifacts).toEqual(first.artifacts);
  });

  it('stops at its deadline what cannot save, and leaves alone what may stay after all', async () => {
    bench = await setUp();
    const { server } = bench;
    await bench.start();
    const [late, staying] = [600_000, 4000].map((sleep_ms) => server.assign('test', { sleep_ms }));
    if (late === undefined || staying === undefined) throw new Error('two');
    await server.started(late);
    await server.started(staying);
    const deadline = performance.now() + 500;
    const left = (): number => Math.max(0, deadline - performance.now()) | 0;
    server.directives = () => [{ ...late, directive: 'drain', left_ms: left() }];
    server.direct(staying, 'drain', 2000);
    expect(await server.outcome(late)).toEqual({
      status: 'preempted',
      message: 'its worker drains; its time to leave was over',
    });
    expect(await server.outcome(staying)).toMatchObject({ status: 'succeeded' });
  });

  it('without a deadline lets run what runs and gives back what waits', async () => {
    bench = await setUp();
    const { server } = bench;
    await bench.start({ slots: 1 });
    const running = server.assign('test', { sleep_ms: 700, echo: 'to its end' });
    const waiting = server.assign('test', { sleep_ms: 600_000 });
    await server.started(running);
    server.directives = () => [running, waiting].map((ref) => ({ ...ref, directive: 'drain' }));
    expect(await server.outcome(waiting)).toMatchObject({ status: 'preempted' });
    expect(await server.outcome(running)).toMatchObject({ output: { echo: 'to its end' } });
  });

  it('by the worker itself has its attempts save and leave, before its grace is over', async () => {
    bench = await setUp();
    const { server } = bench;
    const worker = await bench.start();
    const ref = server.assign('test', { steps: 10_000, step_ms: 50 });
    await server.progress(ref, (progress) => progress.percent > 0);
    expect(await worker.drain('spot notice', 60_000)).toMatchObject({ code: 0 });
    expect(await server.outcome(ref)).toEqual({ status: 'preempted', message: 'spot notice' });
    expect(Object.keys(server.saved(ref))).toContain('state.json');
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

describe('a checkpoint (C2, C9)', () => {
  it('of an attempt that is stale is refused, and ends it without an outcome', async () => {
    bench = await setUp();
    const { server } = bench;
    const worker = await bench.start();
    const ref = server.assign('test', { steps: 10_000, step_ms: 20, checkpoint_every: 10 });
    await server.started(ref);
    server.fence(ref);
    await expect.poll(() => worker.status().running + worker.status().unsettled).toBe(0);
    expect(server.frames.some((frame) => frame.type === 'outcome')).toBe(false);
    expect(server.saved(ref)).toEqual({});
  });

  it('is sent again after a lost call', async () => {
    bench = await setUp();
    const { server } = bench;
    let faults = 0;
    server.intercept = (_method, path) =>
      path.includes('/checkpoints/') && faults++ % 2 === 0 ? 'hang up' : null;
    await bench.start();
    const ref = server.assign('test', { steps: 4, step_ms: 1, checkpoint_every: 2 });
    expect(await server.outcome(ref)).toMatchObject({ status: 'succeeded' });
    expect(JSON.parse(String(server.saved(ref)['state.json']))).toMatchObject({ step: 2 });
  });

  it('that cannot be read fails the attempt by name, so that the next one starts afresh', async () => {
    bench = await setUp();
    const { server } = bench;
    await bench.start();
    const resume = { 'state.json': Buffer.from('{"step":1,"sum":1}') };
    server.intercept = (_method, path) => (path.includes('/resume/') ? 'not_found' : null);
    const ref = server.assign('test', { steps: 4 }, { resume });
    expect(await server.outcome(ref)).toMatchObject({
      status: 'failed',
      error: { cause: 'infra', code: 'checkpoint_unreadable' },
    });
  });
});
