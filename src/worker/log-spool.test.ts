import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StandIn } from '../../test/worker/stand-in-orchestrator.ts';
import { AttemptApi } from './attempt-api.ts';
import { LogGate } from './log-gate.ts';
import { LogSpool, type LogSpoolOptions } from './log-spool.ts';

let server: StandIn;
let folder: string;
let api: AttemptApi;
const shipping = new AbortController();

beforeEach(async () => {
  server = await StandIn.listen();
  api = new AttemptApi(server.url);
  folder = await mkdtemp(join(tmpdir(), 'hive-log-'));
});
afterEach(async () => {
  api.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

function open(more: Partial<LogSpoolOptions> = {}): { spool: LogSpool; read: () => string } {
  const ref = server.assign('test', {});
  const spool = new LogSpool({
    api,
    ref,
    path: join(folder, 'log'),
    bytesPerSecond: 2 ** 20,
    maxBytes: 64 * 2 ** 20,
    signal: shipping.signal,
    ...more,
  });
  return { spool, read: () => server.log(ref) };
}

describe('the log spool (C10)', () => {
  it('ships every line in order, in chunks the orchestrator takes', async () => {
    const { spool, read } = open();
    const lines = Array.from({ length: 9000 }, (_, index) => `${index} ${'x'.repeat(80)}`);
    lines.forEach(spool.write);
    expect(await spool.flush(5000)).toBe(true);
    expect(read()).toBe(lines.map((line) => `${line}\n`).join(''));
    expect(server.calls.length).toBeGreaterThanOrEqual(3);
    await spool.close();
  });

  it('goes on where the orchestrator says when a reply was lost', async () => {
    const { spool, read } = open();
    server.loseReplies = 1;
    spool.write('once');
    await expect.poll(() => server.calls.length).toBeGreaterThanOrEqual(2);
    spool.write('twice');
    expect(await spool.flush(5000)).toBe(true);
    expect(read()).toBe('once\ntwice\n');
    await spool.close();
  });

  it('gives up the wait, not the lines, when nobody takes them', async () => {
    const { spool, read } = open();
    server.intercept = () => 'store_unavailable';
    spool.write('patience');
    expect(await spool.flush(200)).toBe(false);
    server.intercept = () => null;
    expect(await spool.flush(5000)).toBe(true);
    expect(read()).toBe('patience\n');
    await spool.close();
  });

  it('stops at its cap and says so', async () => {
    const { spool, read } = open({ maxBytes: 100 });
    for (let line = 0; line < 50; line++) spool.write(`line ${line}`);
    await spool.flush(5000);
    expect(read().endsWith('[hive] the log reached 100 bytes; the rest is left out\n')).toBe(true);
    expect(read().length).toBeLessThan(200);
    await spool.close();
  });
});

describe('the log gate', () => {
  it('drops what is too fast, counts every byte of it, and goes on', () => {
    let now = 0;
    const gate = new LogGate(1000, 2000, () => now);
    const passed: string[] = [];
    const line = 'x'.repeat(99);
    for (let each = 0; each < 50; each++) passed.push(...gate.admit(line));
    expect(passed).toEqual(Array.from({ length: 20 }, () => line));
    now = 1000;
    expect(gate.admit('after')).toEqual(['[hive] dropped 3000 bytes', 'after']);
    expect(gate.rest()).toEqual([]);
  });

  it('tells of a gap that nothing follows', () => {
    const gate = new LogGate(10, 10, () => 0);
    expect(gate.admit('x'.repeat(50))).toEqual([]);
    expect(gate.rest()).toEqual(['[hive] dropped 51 bytes']);
  });
});
