import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Bench, processesOf, setUp } from '../../test/worker/bench.ts';

let bench: Bench;
afterEach(() => bench.dispose());

const SHORT = { beat_ms: 200, lease_ms: 1000, kill_after_ms: 3000 };

describe('a lost connection', () => {
  it('is dialled again, and the attempt goes on and reports', async () => {
    bench = await setUp();
    const { server } = bench;
    await bench.start();
    const ref = server.assign('test', { sleep_ms: 600, echo: 'survived' });
    await server.started(ref);
    server.cut();
    const hello = await server.frame('hello', (frame) => frame.connection === 2);
    expect(hello.live).toEqual([ref]);
    expect(hello.worker_id).toBe(server.workerId);
    const [first] = server.frames;
    expect(first?.type === 'hello' && first.boot_id).toBe(hello.boot_id);
    expect(await server.outcome(ref)).toMatchObject({ output: { echo: 'survived' } });
  });

  it('has the outcome sent again until it is answered', async () => {
    bench = await setUp();
    const { server } = bench;
    const worker = await bench.start();
    server.verdict = () => null;
    const ref = server.assign('test', { echo: 1 });
    await server.outcome(ref);
    server.cut();
    const hello = await server.frame('hello', (frame) => frame.connection === 2);
    expect(hello.live).toEqual([ref]);
    await server.frame('outcome', (frame) => frame.connection === 2);
    server.verdict = () => 'duplicate';
    while (server.frames.filter((frame) => frame.type === 'outcome').length < 3) await server.changed();
    await expect.poll(() => worker.status().unsettled).toBe(0);
  });

  it('is given up when the other side does not answer any more', async () => {
    bench = await setUp({ ...SHORT, lease_ms: 60_000, kill_after_ms: 90_000 });
    await bench.start();
    bench.server.mute = true;
    await bench.server.frame('hello', (frame) => frame.connection === 2);
  });
});

describe('an accepted attempt (C3b)', () => {
  it('starts only when the orchestrator has taken note of it', async () => {
    bench = await setUp();
    const { server } = bench;
    server.confirms = false;
    const worker = await bench.start();
    const ref = server.assign('test', { echo: 1 });
    await server.frame('accepted');
    await server.frame('beat', (frame) => frame.attempts.some((each) => each.nonce === ref.nonce));
    expect(worker.status()).toMatchObject({ queued: 1, running: 0 });
    server.confirms = true;
    server.send({ type: 'directive', attempt: ref, directive: 'continue' });
    expect(await server.outcome(ref)).toMatchObject({ status: 'succeeded' });
  });

  it('starts after a hello that listed it', async () => {
    bench = await setUp();
    const { server } = bench;
    server.confirms = false;
    await bench.start();
    const ref = server.assign('test', { echo: 1 });
    await server.frame('accepted');
    server.cut();
    expect(await server.outcome(ref)).toMatchObject({ status: 'succeeded' });
  });
});

describe('the worker’s own fence (C3)', () => {
  it('has killed the attempt when kill_after_ms of silence is over, and says so later', async () => {
    bench = await setUp(SHORT);
    const { server } = bench;
    await bench.start();
    const ref = server.assign('exec', {
      command: 'trap "" TERM; echo on; setsid sleep 600 & sleep 600; sleep 600',
    });
    while (!server.log(ref).includes('on')) await server.changed();
    expect(processesOf(ref).length).toBeGreaterThan(0);
    const silentSince = performance.now();
    server.mute = true;
    server.refusal = { code: 'worker_id_in_use', retry: true };
    server.silent = true;
    await expect.poll(() => processesOf(ref), { timeout: 5000, interval: 20 }).toEqual([]);
    const silence = performance.now() - silentSince;
    expect(silence).toBeLessThan(SHORT.kill_after_ms + 150);
    expect(silence).toBeGreaterThan(SHORT.lease_ms - SHORT.beat_ms);
    server.mute = false;
    server.silent = false;
    server.cut();
    expect(await server.outcome(ref)).toMatchObject({
      status: 'failed',
      error: { cause: 'infra', code: 'worker_fence' },
    });
  });

  it('lets an attempt go on whose job wants that, and reports it when the line is back', async () => {
    bench = await setUp(SHORT);
    const { server } = bench;
    const worker = await bench.start();
    const kept = server.assign('test', { sleep_ms: 8000, echo: 'kept' }, { keep_running: true });
    const killed = server.assign('test', { sleep_ms: 600_000 });
    const waiting = server.assign('test', { sleep_ms: 600_000 }, { keep_running: true });
    await server.started(kept);
    await server.started(killed);
    await server.frame('accepted', (frame) => frame.attempts.some((ref) => ref.nonce === waiting.nonce));
    server.mute = true;
    server.silent = true;
    await expect
      .poll(() => worker.status(), { timeout: 5000, interval: 20 })
      .toMatchObject({ running: 1, queued: 0, unsettled: 2 });
    await expect.poll(() => worker.status(), { timeout: 10_000 }).toMatchObject({ running: 0, unsettled: 3 });
    server.mute = false;
    server.silent = false;
    server.cut();
    expect(await server.outcome(kept)).toMatchObject({ status: 'succeeded', output: { echo: 'kept' } });
    for (const ref of [killed, waiting])
      expect(await server.outcome(ref)).toMatchObject({ error: { code: 'worker_fence' } });
  });

  it('does not start what waits once the lease is over', async () => {
    bench = await setUp({ beat_ms: 100, lease_ms: 500, kill_after_ms: 20_000 });
    const { server } = bench;
    const worker = await bench.start({ slots: 1 });
    const first = server.assign('test', { sleep_ms: 900 });
    const second = server.assign('test', { echo: 'later' });
    await server.started(first);
    await server.frame('accepted', (frame) => frame.attempts[0]?.nonce === second.nonce);
    server.silent = true;
    server.mute = true;
    await expect.poll(() => worker.status(), { timeout: 5000 }).toMatchObject({ running: 0, unsettled: 1 });
    expect(worker.status().queued).toBe(1);
    server.silent = false;
    server.mute = false;
    server.cut();
    expect(await server.outcome(second)).toMatchObject({ output: { echo: 'later' } });
  });
});

describe('an attempt that is no longer ours', () => {
  it('ends without an outcome when the orchestrator says abandon', async () => {
    bench = await setUp();
    const { server } = bench;
    const worker = await bench.start();
    const ref = server.assign('exec', { command: 'echo on; trap "" TERM; sleep 600; sleep 600' });
    while (!server.log(ref).includes('on')) await server.changed();
    server.direct(ref, 'abandon');
    await expect.poll(() => worker.status().running).toBe(0);
    expect(processesOf(ref)).toEqual([]);
    await expect.poll(() => readdir(join(bench.stateDir, 'attempts'))).toEqual([]);
    expect(server.frames.some((frame) => frame.type === 'outcome')).toBe(false);
  });

  it('ends when a write is refused as stale, and when a welcome lists it', async () => {
    bench = await setUp();
    const { server } = bench;
    const worker = await bench.start();
    const stale = server.assign('test', { sleep_ms: 300, artifacts: [{ name: 'a', size: 5 }] });
    server.fence(stale);
    await expect.poll(() => worker.status().running + worker.status().unsettled).toBe(0);
    const listed = server.assign('test', { sleep_ms: 600_000 });
    await server.started(listed);
    server.fence(listed);
    server.cut();
    await server.frame('hello', (frame) => frame.connection === 2);
    await expect.poll(() => worker.status().running).toBe(0);
    expect(server.frames.some((frame) => frame.type === 'outcome')).toBe(false);
  });
});

describe('a refusal', () => {
  it('that may pass is tried again', async () => {
    bench = await setUp();
    bench.server.refusal = { code: 'worker_id_in_use', retry: true };
    const worker = await bench.start();
    expect(worker.status().connected).toBe(true);
    expect(bench.server.connections).toBe(2);
  });

  it('that is final ends the worker with its message', async () => {
    bench = await setUp();
    bench.server.refusal = { code: 'channel_version', retry: false };
    const worker = await bench.start();
    expect(await worker.ended).toEqual({ code: 1, message: 'not now' });
  });
});
