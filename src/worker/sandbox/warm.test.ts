import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readProcess } from '../../modules/exec/process-table.ts';
import { Stop } from '../stop.ts';
import type { SandboxHooks, SandboxJob, SaveRequest } from './sandbox.ts';
import { WarmSandbox } from './warm.ts';

/** A child of our own making: the input says how it behaves. */
const CHILD = `
process.on('disconnect', () => process.exit(0));
const heard = [];
process.on('message', ({ type, id, module, input, ...more }) => {
  const result = (output) => process.send({ type: 'result', id, result: { engine: 'fake', output, metrics: {}, warnings: [] } });
  if (type === 'probe' && module !== 'hangs') process.send({ type: 'probed', id, probe: { ok: true, engine: 'fake' } });
  if (type === 'drain' || type === 'checkpointed') {
    heard.push({ type, ...more });
    if (heard.length === 3) result(heard);
    else if (type === 'drain') process.send({ type: 'checkpoint', id, seq: 1, files: ['a'], state: '{}' });
    else process.send({ type: 'checkpoint', id, seq: 2, files: ['b'] });
  }
  if (type !== 'run') return;
  process.send({ type: 'running', id });
  if (input === 'environment') result({ names: Object.keys(process.env), pid: process.pid });
  else if (input === 'killed') process.kill(process.pid, 'SIGKILL');
  else if (input === 'garbage') { process.send({ type: 'progress', id, progress: { percent: 900 } }); result(1); }
  else if (input === 'heap') { console.error('FATAL ERROR: JavaScript heap out of memory'); process.abort(); }
});`;

let folder: string;
let sandbox: WarmSandbox;
const groups = new Set<number>();
const logged: string[] = [];
const lines: string[] = [];

const open = (idleMs = 60_000): WarmSandbox =>
  new WarmSandbox({
    entry: { path: join(folder, 'child.mjs'), execArgv: [] },
    home: folder,
    keep: 2,
    idleMs,
    sharesProcess: () => false,
    log: (_, message) => void logged.push(message),
    group: (pid, alive) => void (alive ? groups.add(pid) : groups.delete(pid)),
  });

const saves: SaveRequest[] = [];
const hooks: SandboxHooks = {
  started: () => {},
  progress: () => {},
  log: (line) => void lines.push(line),
  checkpoint: async (save) => {
    saves.push(save);
    if (save.seq > 1) throw new Error('no room');
  },
};

const job = (input: unknown, module = 'm'): SandboxJob => ({
  module,
  input,
  job_id: 'job_x',
  attempt: 'job_x#1',
  files: { in: folder, out: folder, work: folder },
  resume: null,
  memory_bytes: 2 ** 32,
  log_bytes_per_second: 2 ** 20,
});

const run = (input: unknown, stop = new AbortController().signal, drain = new AbortController().signal) =>
  sandbox.run(job(input), hooks, { stop, drain });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hive-sandbox-'));
  await writeFile(join(folder, 'child.mjs'), CHILD);
  groups.clear();
  logged.length = 0;
  lines.length = 0;
});
afterEach(async () => {
  await sandbox.close();
  expect(groups.size).toBe(0);
  await rm(folder, { recursive: true, force: true });
});

describe('the warm sandbox', () => {
  it('gives its children a clean environment and uses one again', async () => {
    process.env.SECRET_OF_THE_WORKER = 'x';
    sandbox = open();
    const first = await run('environment');
    const second = await run('environment');
    delete process.env.SECRET_OF_THE_WORKER;
    expect(second).toEqual(first);
    const output = first.kind === 'result' ? (first.result.output as { names: string[] }) : { names: [] };
    const allowed = [
      'PATH',
      'HOME',
      'LANG',
      'TZ',
      'HIVE_PARENT',
      'NODE_CHANNEL_FD',
      'NODE_CHANNEL_SERIALIZATION_MODE',
    ];
    expect(output.names.filter((name) => !allowed.includes(name))).toEqual([]);
  });

  it('does not wait for a probe that hangs, and asks the next one all the same', async () => {
    sandbox = open();
    expect(await sandbox.probe('hangs', 200)).toMatchObject({
      ok: false,
      reason: expect.stringContaining('200 ms'),
    });
    expect(await sandbox.probe('answers', 5000)).toEqual({ ok: true, engine: 'fake' });
  });

  it('counts a killed child as infrastructure and a full heap as oom', async () => {
    sandbox = open();
    expect(await run('killed')).toMatchObject({
      kind: 'failed',
      error: { cause: 'infra', code: 'sandbox_died' },
    });
    expect(await run('heap')).toMatchObject({ kind: 'failed', error: { cause: 'oom' } });
    expect(lines.join('\n')).toContain('heap out of memory');
  });

  it('believes no frame that does not fit', async () => {
    sandbox = open();
    expect(await run('garbage')).toMatchObject({ kind: 'result' });
    expect(logged).toEqual(['a sandbox sent what it should not']);
  });

  it('ends a child that was idle for long', async () => {
    sandbox = open(100);
    await run('environment');
    expect(groups.size).toBe(1);
    await expect.poll(() => groups.size, { timeout: 5000 }).toBe(0);
  });

  it('kills at once what a hard stop stops', async () => {
    sandbox = open();
    const stop = new AbortController();
    const running = run('sleeps for ever', stop.signal);
    await expect.poll(() => groups.size).toBe(1);
    const [pid = 0] = groups;
    const asked = performance.now();
    stop.abort(new Stop('fence', 'silence'));
    expect(await running).toEqual({ kind: 'stopped' });
    expect(performance.now() - asked).toBeLessThan(1000);
    expect(readProcess(pid)).toBeUndefined();
  });

  it('C9: tells a run to drain and answers its checkpoints, each by itself', async () => {
    sandbox = open();
    const drain = new AbortController();
    const running = run('waits', undefined, drain.signal);
    drain.abort(new Error('spot notice'));
    expect(await running).toMatchObject({
      result: {
        output: [
          { type: 'drain', reason: 'spot notice' },
          { type: 'checkpointed', seq: 1 },
          { type: 'checkpointed', seq: 2, error: 'no room' },
        ],
      },
    });
    expect(saves).toEqual([
      { seq: 1, files: ['a'], state: '{}' },
      { seq: 2, files: ['b'], state: undefined },
    ]);
  });
});
