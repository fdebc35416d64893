import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Bench, processesOf, setUp } from '../../test/worker/bench.ts';

let bench: Bench;

describe('a job from assignment to settlement', () => {
  beforeAll(async () => {
    bench = await setUp();
    await bench.start();
  });
  afterAll(() => bench.dispose());

  it('is accepted, started, logged, uploaded, reported, and leaves nothing', async () => {
    const { server } = bench;
    const artifacts = [
      { name: 'sub/noise.bin', size: 300_000 },
      { name: 'empty.bin', size: 0 },
    ];
    const ref = server.assign('test', { echo: { a: 1 }, sleep_ms: 300, log_lines: 3, artifacts, seed: 5 });
    await server.frame('accepted', (frame) => frame.attempts[0]?.nonce === ref.nonce);
    await server.started(ref);
    await server.progress(ref, (progress) => progress.percent > 0 && progress.stage === 'sleeping');
    const outcome = await server.outcome(ref);
    expect(outcome).toMatchObject({
      status: 'succeeded',
      engine: 'echo',
      output: { echo: { a: 1 }, artifacts: ['sub/noise.bin', 'empty.bin'] },
      artifacts: [
        { name: 'empty.bin', size: 0 },
        { name: 'sub/noise.bin', size: 300_000 },
      ],
    });
    expect(server.log(ref)).toBe('line 1 of 3\nline 2 of 3\nline 3 of 3\n');
    expect(server.artifacts(ref).get('sub/noise.bin')?.length).toBe(300_000);
    await expect.poll(() => readdir(join(bench.stateDir, 'attempts'))).toEqual([]);
  });

  it('ends a light job in one frame, without a folder', async () => {
    const { server } = bench;
    const light = { echo: 'hi', sleep_ms: 0, busy_ms: 0, log_lines: 0, artifacts: [], seed: 0 };
    const ref = server.assign('test', light);
    const { ends } = await server.frame('ended', (frame) => frame.ends[0]?.attempt.nonce === ref.nonce);
    expect(ends).toMatchObject([
      { outcome: { status: 'succeeded', engine: 'echo', output: { echo: 'hi' } } },
    ]);
    expect(await readdir(join(bench.stateDir, 'attempts'))).toEqual([]);
  });

  it('tells a module error from a bug, with the stack in the log', async () => {
    const { server } = bench;
    const expected = server.assign('test', { fail: 'user' });
    expect(await server.outcome(expected)).toMatchObject({
      status: 'failed',
      error: { cause: 'user', code: 'test_failed', hint: 'leave out `fail`', details: { fail: 'user' } },
    });
    const bug = server.assign('test', { fail: 'crash' });
    expect(await server.outcome(bug)).toMatchObject({ error: { cause: 'user', code: 'module_crashed' } });
    expect(server.log(bug)).toMatch(/the input asked for a crash\n\s+at /);
  });

  it('counts a sandbox that exits as infrastructure, and one that fills its heap as oom', async () => {
    const { server } = bench;
    const exit = server.assign('test', { fail: 'exit' });
    expect(await server.outcome(exit)).toMatchObject({ error: { cause: 'infra', code: 'sandbox_died' } });
    const oom = server.assign('test', { fail: 'oom' }, { memory_bytes: 256 * 2 ** 20 });
    expect(await server.outcome(oom)).toMatchObject({ error: { cause: 'oom', code: 'out_of_memory' } });
    const after = server.assign('test', { echo: 'alive' });
    expect(await server.outcome(after)).toMatchObject({ status: 'succeeded' });
  });

  it('refuses an input that does not fit, by the name of the field', async () => {
    const ref = bench.server.assign('test', { sleep_ms: 'long' });
    expect(await bench.server.outcome(ref)).toMatchObject({
      error: { cause: 'user', code: 'invalid_input', message: expect.stringContaining('/sleep_ms') },
    });
  });

  it('reports a module it does not have as infrastructure', async () => {
    const ref = bench.server.assign('no-such-module', {});
    expect(await bench.server.outcome(ref)).toMatchObject({ status: 'failed', error: { cause: 'infra' } });
  });

  it('ends at its time limit', async () => {
    const ref = bench.server.assign('test', { sleep_ms: 600_000 }, { timeout_ms: 400 });
    expect(await bench.server.outcome(ref)).toMatchObject({
      status: 'failed',
      error: { cause: 'timeout', code: 'timeout', message: 'it did not end within 0.4 s' },
    });
  });

  it('runs as many at once as it has slots, and the next when one ends', async () => {
    const { server } = bench;
    const refs = [1, 2, 3].map(() => server.assign('test', { sleep_ms: 60_000 }));
    const [first, second, third] = refs;
    if (first === undefined || second === undefined || third === undefined) throw new Error('three');
    await server.started(first);
    await server.started(second);
    await server.frame('accepted', (frame) => frame.attempts[0]?.nonce === third.nonce);
    const early = server.frames.some((f) => f.type === 'started' && f.attempts[0]?.nonce === third.nonce);
    expect(early).toBe(false);
    server.direct(first, 'cancel');
    await server.started(third);
    expect(await server.outcome(first)).toEqual({ status: 'canceled' });
  });
});

it('beats early when progress changed, at most four times a second', async () => {
  bench = await setUp({ beat_ms: 30_000, lease_ms: 60_000, kill_after_ms: 90_000 });
  await bench.start();
  const ref = bench.server.assign('test', { sleep_ms: 1500 });
  await bench.server.outcome(ref);
  const beats = bench.server.frames.filter((frame) => frame.type === 'beat').length;
  expect(beats).toBeGreaterThanOrEqual(3);
  expect(beats).toBeLessThanOrEqual(8);
  await bench.dispose();
});

describe('cancel', () => {
  beforeAll(async () => {
    bench = await setUp();
    await bench.start();
  });
  afterAll(() => bench.dispose());

  it('stops a module that listens', async () => {
    const ref = bench.server.assign('test', { sleep_ms: 600_000 });
    await bench.server.started(ref);
    bench.server.direct(ref, 'cancel');
    expect(await bench.server.outcome(ref)).toEqual({ status: 'canceled' });
  });

  it('kills a module that computes on, and the next job finds a fresh process', async () => {
    const { server } = bench;
    const ref = server.assign('test', { busy_ms: 600_000 });
    await server.started(ref);
    const asked = performance.now();
    server.direct(ref, 'cancel');
    expect(await server.outcome(ref)).toEqual({ status: 'canceled' });
    expect(performance.now() - asked).toBeLessThan(5000);
    expect(await server.outcome(server.assign('test', { echo: 1 }))).toMatchObject({ output: { echo: 1 } });
  });

  it('leaves no process of a command, wherever it hid', async () => {
    const { server } = bench;
    const script =
      'sleep 600 & setsid sleep 600 & (setsid sh -c "sleep 600 & sleep 600" &) ; echo ready; wait';
    const ref = server.assign('exec', { command: script });
    const other = server.assign('exec', { command: 'echo other; sleep 600' });
    while (!server.log(ref).includes('ready') || !server.log(other).includes('other')) await server.changed();
    expect(processesOf(ref).length).toBeGreaterThanOrEqual(4);
    const asked = performance.now();
    server.direct(ref, 'cancel');
    expect(await server.outcome(ref)).toEqual({ status: 'canceled' });
    expect(performance.now() - asked).toBeLessThan(5000);
    expect(processesOf(ref)).toEqual([]);
    // They share one sandbox process; only the canceled one ended.
    expect(processesOf(other).length).toBeGreaterThan(0);
    server.direct(other, 'cancel');
    await server.outcome(other);
  });

  it('drops a queued one without ever running it', async () => {
    const { server } = bench;
    const running = [1, 2].map(() => server.assign('test', { sleep_ms: 600_000 }));
    for (const ref of running) await server.started(ref);
    const waiting = server.assign('test', { sleep_ms: 600_000 });
    server.direct(waiting, 'cancel');
    expect(await server.outcome(waiting)).toEqual({ status: 'canceled' });
  });
});

describe('files', () => {
  beforeEach(async () => {
    bench = await setUp();
    await bench.start();
  });
  afterEach(() => bench.dispose());

  it('stages inputs read-only, and the same content only once', async () => {
    const { server } = bench;
    const files = { 'mesh/a.bin': Buffer.alloc(200_000, 7) };
    const command =
      'wc -c < "$HIVE_IN/mesh/a.bin"; stat -c %a "$HIVE_IN/mesh/a.bin"; cp "$HIVE_IN/mesh/a.bin" "$HIVE_OUT/b"';
    const first = server.assign('exec', { command }, { files });
    expect(await server.outcome(first)).toMatchObject({ output: { stdout: '200000\n444\n' } });
    expect(server.artifacts(first).get('b')?.equals(files['mesh/a.bin'])).toBe(true);
    const second = server.assign('exec', { command }, { files });
    expect(await server.outcome(second)).toMatchObject({ status: 'succeeded' });
    expect(server.calls.filter((call) => call.startsWith('GET'))).toEqual(['GET inputs/mesh%2Fa.bin']);
  });

  it('does not run with an input that arrives otherwise than stated', async () => {
    const ref = bench.server.assign(
      'exec',
      { command: 'true' },
      { files: { a: Buffer.from('x') }, corrupt: true },
    );
    expect(await bench.server.outcome(ref)).toMatchObject({
      status: 'failed',
      error: { cause: 'infra', code: 'input_corrupt' },
    });
  });

  it('fetches again what somebody wrote to', async () => {
    const { server } = bench;
    const files = { a: Buffer.from('original') };
    const spoil = server.assign(
      'exec',
      { command: 'chmod u+w "$HIVE_IN/a"; echo spoilt > "$HIVE_IN/a"' },
      { files },
    );
    expect(await server.outcome(spoil)).toMatchObject({ status: 'succeeded' });
    const ref = server.assign('exec', { command: 'cat "$HIVE_IN/a"' }, { files });
    expect(await server.outcome(ref)).toMatchObject({ output: { stdout: 'original\n' } });
  });

  it('sends an upload and a log again after a lost call', async () => {
    const { server } = bench;
    let faults = 0;
    server.intercept = (method) => {
      if (method === 'GET' || faults >= 4) return null;
      faults += 1;
      return faults % 2 === 0 ? 'store_unavailable' : 'hang up';
    };
    const ref = server.assign('test', { log_lines: 2, artifacts: [{ name: 'a', size: 70_000 }] });
    expect(await server.outcome(ref)).toMatchObject({ artifacts: [{ name: 'a', size: 70_000 }] });
    expect(server.log(ref)).toBe('line 1 of 2\nline 2 of 2\n');
    expect(server.artifacts(ref).get('a')?.length).toBe(70_000);
  });

  it('uploads again when the orchestrator misses an artifact', async () => {
    const { server } = bench;
    let answers = 0;
    server.verdict = () => (answers++ === 0 ? 'artifact_missing' : 'committed');
    const ref = server.assign('test', { artifacts: [{ name: 'a', size: 10 }] });
    await server.outcome(ref);
    while (server.frames.filter((frame) => frame.type === 'outcome').length < 2) await server.changed();
    expect(server.calls.filter((call) => call === 'PUT artifacts/a').length).toBe(2);
  });

  it('leaves out links, which may lead anywhere', async () => {
    const { server } = bench;
    const ref = server.assign('exec', { command: 'ln -s /etc/passwd "$HIVE_OUT/p"; echo 1 > "$HIVE_OUT/q"' });
    const outcome = await server.outcome(ref);
    expect(outcome).toMatchObject({ status: 'succeeded', artifacts: [{ name: 'q' }] });
  });
});
