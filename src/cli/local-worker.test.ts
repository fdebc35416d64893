import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { endSurplusWorkers, LocalWorker } from './local-worker.ts';
import { isAlive } from './server-file.ts';
import { readHolder } from './worker-lock.ts';

/** Stands for `hive worker`: takes the lock of its folder and ends on SIGTERM, unless told to be stubborn. */
const SCRIPT = `
const fs = require('node:fs'), path = require('node:path');
const dir = process.argv[process.argv.indexOf('--state-dir') + 1];
fs.writeFileSync(path.join(dir, 'lock.json'), JSON.stringify({ pid: process.pid, started: null }));
if (process.argv.includes('--stubborn')) process.on('SIGTERM', () => {});
setInterval(() => {}, 1000);
`;
const never = new AbortController().signal;

let folder = '';
let script = '';
const workers: LocalWorker[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hive-worker-'));
  script = join(folder, 'fake.cjs');
  await writeFile(script, SCRIPT);
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop(0, never)));
  await rm(folder, { recursive: true, force: true });
});

const stateDir = (): string => join(folder, 'worker-1');
function makeWorker(more: { words?: string[]; url?: string; reports?: string[] } = {}): LocalWorker {
  const worker = new LocalWorker({
    name: 'w',
    url: more.url ?? 'http://127.0.0.1:1',
    stateDir: stateDir(),
    hive: [process.execPath, script],
    words: more.words ?? [],
    report: (message) => more.reports?.push(message),
  });
  workers.push(worker);
  return worker;
}

async function holderPid(not?: number): Promise<number> {
  for (let tries = 0; tries < 200; tries++) {
    const holder = await readHolder(stateDir());
    if (holder !== null && holder.pid !== not) return holder.pid;
    await sleep(25);
  }
  throw new Error('no worker came');
}

test('it starts a worker, starts it again when it dies, and stops it', async () => {
  const reports: string[] = [];
  const worker = makeWorker({ reports });
  worker.start();
  const first = await holderPid();
  process.kill(first, 'SIGKILL');
  const second = await holderPid(first);
  expect(isAlive(second)).toBe(true);
  expect(reports[0]).toMatch(/worker w ended \(SIGKILL\); starting it again in 0.5 s/);
  await worker.stop(5000, never);
  expect(isAlive(second)).toBe(false);
});

test('it takes over a worker of a server that died, and stops that one too', async () => {
  makeWorker().start();
  const pid = await holderPid();
  const next = makeWorker();
  next.start();
  await sleep(200);
  expect(await holderPid()).toBe(pid);
  await next.stop(5000, never);
  expect(isAlive(pid)).toBe(false);
});

test('a worker that dials another server is ended first', async () => {
  await mkdir(stateDir(), { recursive: true });
  const old = spawn(
    process.execPath,
    [script, 'worker', '--url', 'http://127.0.0.1:2', '--state-dir', stateDir()],
    { detached: true, stdio: 'ignore' },
  );
  const pid = await holderPid();
  expect(pid).toBe(old.pid);
  makeWorker().start();
  expect(isAlive(await holderPid(pid))).toBe(true);
  expect(isAlive(pid)).toBe(false);
});

test('a lock that names somebody else’s process is no holder', async () => {
  await mkdir(stateDir(), { recursive: true });
  await writeFile(join(stateDir(), 'lock.json'), JSON.stringify({ pid: process.pid, started: null }));
  expect(await readHolder(stateDir())).toBeNull();
});

test('one that does not end is killed, at once when forced', async () => {
  const worker = makeWorker({ words: ['--stubborn'] });
  worker.start();
  const pid = await holderPid();
  const force = new AbortController();
  const stopped = worker.stop(60_000, force.signal);
  await sleep(100);
  expect(isAlive(pid)).toBe(true);
  force.abort();
  await stopped;
  for (let tries = 0; isAlive(pid) && tries < 40; tries++) await sleep(25);
  expect(isAlive(pid)).toBe(false);
});

test('what a worker says is in its log', async () => {
  await writeFile(script, `console.error('boom'); ${SCRIPT}`);
  makeWorker().start();
  await holderPid();
  expect(await readFile(join(stateDir(), 'worker.log'), 'utf8')).toContain('boom');
});

test('workers beyond the number wanted are ended, the others are not', async () => {
  makeWorker().start();
  const pid = await holderPid();
  await endSurplusWorkers(folder, 1);
  expect(isAlive(pid)).toBe(true);
  await endSurplusWorkers(folder, 0);
  expect(isAlive(pid)).toBe(false);
});
