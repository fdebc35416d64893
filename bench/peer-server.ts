import { execFileSync, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** Why a peer cannot run here, with the command that adds it. */
export class Missing extends Error {}

/** A server of a peer on loopback: a free port, a folder of its own, ended by its own process id. */
export interface PeerServer {
  readonly address: string;
  readonly version: string;
  stop(): Promise<void>;
}

export async function startRedis(): Promise<PeerServer> {
  const version = versionOf('redis-server', 'redis-server is not installed: apt-get install redis-server');
  const dir = mkdtempSync(join(tmpdir(), 'hive-bench-redis-'));
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', ''];
  const stop = launch('redis-server', [...args, '--appendonly', 'yes', '--appendfsync', 'everysec'], dir, {});
  await reachable(port);
  return { address: String(port), version: /v=([\d.]+)/.exec(version)?.[1] ?? version, stop };
}

/** PostgreSQL with its defaults, on a fresh cluster. */
export async function startPostgres(): Promise<PeerServer> {
  const bin = postgresFolder();
  const version = execFileSync(join(bin, 'postgres'), ['--version'], { encoding: 'utf8' });
  const dir = mkdtempSync(join(tmpdir(), 'hive-bench-postgres-'));
  const data = join(dir, 'data');
  mkdirSync(data);
  // PostgreSQL refuses to run as root.
  const account = process.getuid?.() === 0 ? accountOf('postgres') : {};
  if (account.uid !== undefined && account.gid !== undefined)
    for (const path of [dir, data]) chownSync(path, account.uid, account.gid);
  const initdb = ['-D', data, '-U', 'bench', '--auth', 'trust', '-E', 'UTF8', '--no-instructions'];
  execFileSync(join(bin, 'initdb'), initdb, { stdio: 'ignore', ...account });
  const port = await freePort();
  const args = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', dir];
  const stop = launch(join(bin, 'postgres'), args, dir, account);
  await reachable(port);
  return {
    address: `postgres://bench@127.0.0.1:${port}/postgres`,
    version: /([\d.]+)/.exec(version)?.[1] ?? version,
    stop,
  };
}

function versionOf(command: string, missing: string): string {
  try {
    return execFileSync(command, ['--version'], { encoding: 'utf8' });
  } catch {
    throw new Missing(missing);
  }
}

function postgresFolder(): string {
  const installed = '/usr/lib/postgresql';
  const packaged = existsSync(installed) ? readdirSync(installed).map((v) => join(installed, v, 'bin')) : [];
  const found = [...(process.env.PATH ?? '').split(':'), ...packaged].find(
    (folder) => existsSync(join(folder, 'postgres')) && existsSync(join(folder, 'initdb')),
  );
  if (found === undefined) throw new Missing('PostgreSQL is not installed: apt-get install postgresql');
  return found;
}

function accountOf(name: string): { readonly uid?: number; readonly gid?: number } {
  const id = (flag: string): number => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

function launch(command: string, args: string[], dir: string, options: SpawnOptions): () => Promise<void> {
  const child = spawn(command, args, { stdio: 'ignore', ...options });
  return async () => {
    const exited = once(child, 'exit');
    if (child.exitCode === null) {
      child.kill('SIGINT');
      await exited;
    }
    rmSync(dir, { recursive: true, force: true });
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function reachable(port: number): Promise<void> {
  const { connect } = await import('node:net');
  for (let tries = 0; tries < 200; tries++) {
    const socket = connect(port, '127.0.0.1');
    const open = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (open) {
      // PostgreSQL listens a moment before it answers.
      await pause(500);
      return;
    }
    await pause(50);
  }
  throw new Error(`nothing listens on port ${port}`);
}
