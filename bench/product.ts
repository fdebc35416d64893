import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const HIVE = resolve(import.meta.dirname, '../dist/bin/hive.js');

export interface LaunchedServer {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** `hive up` on a free port, without a local worker. */
export async function launchServer(dir: string, more: readonly string[] = []): Promise<LaunchedServer> {
  const child = spawn(
    process.execPath,
    [HIVE, 'up', '--port', '0', '--data', dir, '--no-local-worker', '-o', 'json', ...more],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const url = await firstUrl(child);
  return { url, pid: child.pid ?? 0, stop: () => stop(child) };
}

/** `hive worker` as a process of its own. */
export function launchWorker(url: string, dir: string, name: string, slots = 1): { stop(): Promise<void> } {
  const args = [
    HIVE,
    'worker',
    '--url',
    url,
    '--name',
    name,
    '--state-dir',
    join(dir, name),
    '--slots',
    String(slots),
  ];
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  return { stop: () => stop(child) };
}

/** Runs the command as a user would and answers what it printed on stdout. */
export async function hive(url: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [HIVE, ...args], {
    env: { ...process.env, HIVE_URL: url },
    maxBuffer: 64 * 2 ** 20,
  });
  return stdout;
}

async function firstUrl(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('no stdout');
  for await (const line of createInterface({ input: child.stdout }))
    return (JSON.parse(line) as { url: string }).url;
  throw new Error(`hive up ended with ${child.exitCode} before it was ready`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
