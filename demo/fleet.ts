import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const HIVE = resolve(import.meta.dirname, '../dist/bin/hive.js');

/** An orchestrator and its workers, each a process of its own. */
export interface Fleet {
  readonly url: string;
  /** kill -9 of the worker with this name, then a new process in its place. */
  replaceWorker(name: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startFleet(dir: string, workers: number, say: (line: string) => void): Promise<Fleet> {
  const started = performance.now();
  const server = launch(['up', '--port', '0', '--data', dir, '--no-local-worker', '-o', 'json']);
  const { url } = await firstLine(server);
  say(`orchestrator ${url} (pid ${server.pid}) ready after ${Math.round(performance.now() - started)} ms`);
  const startWorker = (name: string): ChildProcess =>
    launch(['worker', '--url', url, '--name', name, '--state-dir', join(dir, name), '--slots', '2']);
  const running = new Map<string, ChildProcess>();
  for (let index = 1; index <= workers; index++) running.set(`demo-${index}`, startWorker(`demo-${index}`));
  say(`workers ${[...running].map(([name, child]) => `${name} (pid ${child.pid})`).join(', ')}`);
  return {
    url,
    async replaceWorker(name) {
      const victim = running.get(name);
      if (victim === undefined) throw new Error(`there is no worker ${name}`);
      victim.kill('SIGKILL');
      await ended(victim);
      running.set(name, startWorker(name));
    },
    async stop() {
      for (const child of [...running.values(), server]) {
        child.kill('SIGTERM');
        await ended(child);
      }
    },
  };
}

const launch = (args: string[]): ChildProcess =>
  spawn(process.execPath, [HIVE, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });

async function firstLine(child: ChildProcess): Promise<{ url: string }> {
  if (child.stdout === null) throw new Error('the orchestrator has no stdout');
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line);
  throw new Error(`the orchestrator ended with ${child.exitCode} before it was ready`);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}
