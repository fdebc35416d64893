import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Io } from './io.ts';
import { dataFolder } from './paths.ts';

/** What `hive up` leaves for the other commands of the same user, so that they find it without `--url`. */
export interface ServerFile {
  readonly url: string;
  readonly pid: number;
  readonly version: string;
  /** The folder it holds; two servers must not share one. */
  readonly data: string;
}

const fileOf = (env: Io['env']): string => join(dataFolder(env), 'server.json');

/** The running server; null when there is none or when it died and left its file. */
export async function readServerFile(env: Io['env']): Promise<ServerFile | null> {
  try {
    const told = JSON.parse(await readFile(fileOf(env), 'utf8')) as Partial<ServerFile>;
    if (typeof told.url !== 'string' || typeof told.pid !== 'number' || !isAlive(told.pid)) return null;
    return { url: told.url, pid: told.pid, version: String(told.version), data: String(told.data) };
  } catch {
    return null;
  }
}

export async function writeServerFile(env: Io['env'], server: ServerFile): Promise<void> {
  await mkdir(dirname(fileOf(env)), { recursive: true });
  await writeFile(fileOf(env), `${JSON.stringify(server)}\n`, { mode: 0o600 });
}

/** Leaves alone the file of a server that was started after this one. */
export async function removeServerFile(env: Io['env'], pid: number): Promise<void> {
  if ((await readServerFile(env))?.pid === pid) await rm(fileOf(env), { force: true });
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // somebody else's process is a process all the same
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
