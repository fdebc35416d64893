import { afterEach, describe, expect, it } from 'vitest';
import { type Bench, setUp } from '../../test/worker/bench.ts';

let bench: Bench;
afterEach(() => bench.dispose());

const ahead = { prefetched: true } as const;
const credits = (): number[] =>
  bench.server.frames.flatMap((frame) => (frame.type === 'credit' ? [frame.prefetch] : []));

describe('prefetch (C10)', () => {
  it('is offered, one job by default', async () => {
    bench = await setUp();
    await bench.start();
    expect((await bench.server.frame('hello')).offer.prefetch).toBe(1);
  });

  it('starts a job the moment a slot frees, with no word from the orchestrator', async () => {
    bench = await setUp();
    const { server } = bench;
    await bench.start({ slots: 1, prefetchPatienceMs: 60_000 });
    const running = server.assign('test', { sleep_ms: 600 });
    await server.started(running);
    const next = server.assign('test', { sleep_ms: 10, echo: 'next' }, ahead);
    await server.frame('accepted', (frame) => frame.attempts[0]?.nonce === next.nonce);
    // From here on the orchestrator says nothing at all.
    server.mute = true;
    server.verdict = () => null;
    expect(await server.outcome(running)).toMatchObject({ status: 'succeeded' });
    expect(await server.outcome(next)).toMatchObject({ output: { echo: 'next' } });
    expect(credits()).toEqual([]);
  });

  it('gives a job back that waited in vain, takes none ahead from then on, and takes them again', async () => {
    bench = await setUp();
    const { server } = bench;
    const worker = await bench.start({ slots: 1, prefetchPatienceMs: 4000 });
    const long = server.assign('test', { sleep_ms: 600_000 });
    await server.started(long);
    const waiting = server.assign('test', { sleep_ms: 600_000 }, ahead);
    expect(await server.outcome(waiting)).toEqual({
      status: 'preempted',
      message: 'it was sent ahead and no room came free in time',
    });
    const told = server.frames.findIndex((frame) => frame.type === 'credit');
    expect(told).toBeGreaterThan(0);
    // Said first, so that the job is not sent ahead to the same worker again.
    expect(told).toBeLessThan(server.frames.findIndex((frame) => frame.type === 'outcome'));
    server.cut();
    await server.frame('credit', (frame) => frame.connection === 2);
    server.direct(long, 'cancel');
    await server.outcome(long);
    const quick = server.assign('test', { sleep_ms: 10 });
    await server.outcome(quick);
    expect(credits()).toEqual([0, 0, 1]);
    expect(worker.status().queued).toBe(0);
  });

  it('starts nothing that does not fit, and what fits before it', async () => {
    bench = await setUp();
    const { server } = bench;
    await bench.start({ slots: 3, prefetch: 2, prefetchPatienceMs: 60_000 });
    const { memory_bytes } = (await server.frame('hello')).offer.hardware;
    const half = { cpu: 0, memory_bytes: Math.floor(memory_bytes / 2) };
    const running = server.assign('test', { sleep_ms: 6000 }, { reserve: half });
    await server.started(running);
    const large = server.assign('test', { echo: 'large' }, { ...ahead, reserve: { cpu: 0, memory_bytes } });
    const small = server.assign('test', { echo: 'small' }, { ...ahead, reserve: half });
    await server.outcome(small);
    await server.outcome(running);
    expect(await server.outcome(large)).toMatchObject({ output: { echo: 'large' } });
    const order = server.frames.flatMap((frame) => (frame.type === 'outcome' ? [frame.attempt.nonce] : []));
    expect(order).toEqual([small, running, large].map((ref) => ref.nonce));
  });
});
