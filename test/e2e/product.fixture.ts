import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { HiveClient } from '../../src/client/index.ts';

const HIVE = resolve(import.meta.dirname, '../../dist/bin/hive.js');

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built product in processes of its own, below one folder that goes away with it. */
export interface Product {
  readonly dir: string;
  readonly url: string;
  readonly client: HiveClient;
  readonly server: ChildProcess;
  worker(name: string, args?: readonly string[]): ChildProcess;
  cli(...args: string[]): Promise<CliResult>;
  /** Starts the orchestrator again on the same data and port. */
  restartServer(): Promise<void>;
  close(): Promise<void>;
}

export async function startProduct(args: readonly string[] = ['--no-local-worker']): Promise<Product> {
  const dir = mkdtempSync(join(tmpdir(), 'hive-e2e-'));
  const env = {
    ...process.env,
    XDG_DATA_HOME: join(dir, 'xdg'),
    XDG_STATE_HOME: join(dir, 'state'),
    NO_COLOR: '1',
  };
  const children = new Set<ChildProcess>();
  const launch = (argv: readonly string[], stdout: 'pipe' | 'ignore'): ChildProcess => {
    const child = spawn(process.execPath, [HIVE, ...argv], {
      env,
      stdio: ['ignore', stdout, process.env.HIVE_E2E_LOUD ? 'inherit' : 'ignore'],
    });
    children.add(child);
    return child;
  };
  const up = async (port: string): Promise<{ child: ChildProcess; url: string }> => {
    const child = launch(['up', '--port', port, '--data', join(dir, 'data'), '-o', 'json', ...args], 'pipe');
    return { child, url: await readUrl(child) };
  };
  let { child: server, url } = await up('0');
  return {
    dir,
    url,
    client: new HiveClient({ url }),
    get server() {
      return server;
    },
    worker: (name, extra = []) =>
      launch(['worker', '--url', url, '--name', name, '--state-dir', join(dir, name), ...extra], 'ignore'),
    cli: (...argv) => runCli([...argv], { ...env, HIVE_URL: url }),
    async restartServer() {
      ({ child: server } = await up(new URL(url).port));
    },
    async close() {
      for (const child of children) await end(child);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function readUrl(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('no stdout');
  for await (const line of createInterface({ input: child.stdout }))
    return (JSON.parse(line) as { url: string }).url;
  throw new Error(`hive up ended with ${child.exitCode} before it was ready`);
}

async function runCli(argv: string[], env: NodeJS.ProcessEnv): Promise<CliResult> {
  const child = spawn(process.execPath, [HIVE, ...argv], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  return { code: code as number, stdout, stderr };
}

/** By pid: asked first, then killed. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 8000);
  await exited;
  clearTimeout(timer);
}

export async function kill9(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

/** Asks until it holds; what is waited for is another process, which sends no event here. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | null | undefined | false>,
  limit_ms = 30_000,
): Promise<T> {
  const deadline = performance.now() + limit_ms;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (performance.now() > deadline) throw new Error(`${what}: not within ${limit_ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
