import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { readBootId, readProcess } from '../modules/exec/process-table.ts';
import { WorkerId } from '../protocol/ids.ts';
import { codeOf, placeFile } from './placed-file.ts';

const Holder = z.object({ pid: z.number().int(), started: z.string(), boot: z.string() });
type Holder = z.infer<typeof Holder>;
const ABANDONED_MS = 10_000;

const Identity = z.object({ worker_id: WorkerId });

/** What one worker keeps on disk; no two live processes share one. */
export interface StateFolder {
  readonly path: string;
  /** 1 for the folder that was asked for, 2 for `<folder>-2`, … */
  readonly number: number;
  readonly attempts: string;
  readonly processes: string;
  readonly cache: string;
  readonly scratch: string;
  workerId(): Promise<WorkerId | undefined>;
  rememberId(id: WorkerId): Promise<void>;
  release(): Promise<void>;
}

/** The folder itself, or the next numbered one while a live process holds it. */
export async function claimStateFolder(path: string): Promise<StateFolder> {
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? path : `${path}-${number}`;
    // Inputs and results of jobs are nobody else's business on a shared machine.
    await mkdir(candidate, { recursive: true, mode: 0o700 });
    if (await lock(join(candidate, 'lock.json'))) return openFolder(candidate, number);
  }
}

async function openFolder(path: string, number: number): Promise<StateFolder> {
  const identity = join(path, 'worker.json');
  const folder = {
    path,
    number,
    attempts: join(path, 'attempts'),
    processes: join(path, 'processes'),
    cache: join(path, 'cache'),
    scratch: join(path, 'scratch'),
    workerId: async () => (await readJson(identity, Identity))?.worker_id,
    rememberId: (id: WorkerId) => replaceFile(identity, JSON.stringify({ worker_id: id })),
    release: () => rm(join(path, 'lock.json'), { force: true }),
  };
  await rm(folder.scratch, { recursive: true, force: true });
  for (const each of [folder.attempts, folder.processes, folder.cache, folder.scratch]) {
    await mkdir(each, { recursive: true });
  }
  return folder;
}

async function lock(path: string): Promise<boolean> {
  const mine = `${path}.${randomUUID()}`;
  await writeFile(mine, JSON.stringify(holderOf(process.pid)));
  try {
    for (;;) {
      // A link appears whole or not at all, so nobody reads half a lock.
      if (await placeFile(mine, path)) return true;
      const found = await readText(path);
      if (found === undefined) continue;
      if (isHeld(found)) return false;
      await removeStale(path, found);
    }
  } finally {
    await rm(mine, { force: true });
  }
}

/** One at a time: otherwise the second to find it stale would remove the fresh lock of the first. */
async function removeStale(path: string, expected: string): Promise<void> {
  const turn = `${path}.turn`;
  try {
    await mkdir(turn);
  } catch {
    await dropAbandoned(turn);
    await pause(5);
    return;
  }
  try {
    if ((await readText(path)) === expected) await rm(path, { force: true });
  } finally {
    await rm(turn, { recursive: true, force: true });
  }
}

/** Of a process that died in the middle of its turn. */
async function dropAbandoned(turn: string): Promise<void> {
  const facts = await stat(turn).catch(() => undefined);
  if (facts !== undefined && Date.now() - facts.mtimeMs > ABANDONED_MS) {
    await rm(turn, { recursive: true, force: true });
  }
}

function isHeld(text: string): boolean {
  const holder = Holder.safeParse(parseJson(text));
  if (!holder.success) return false;
  const { pid, started, boot } = holder.data;
  const now = holderOf(pid);
  return boot === now.boot && started === now.started && isAlive(pid);
}

const holderOf = (pid: number): Holder => ({
  pid,
  started: readProcess(pid)?.started ?? '',
  boot: readBootId(),
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const parsed = schema.safeParse(parseJson((await readText(path)) ?? ''));
  return parsed.success ? parsed.data : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function replaceFile(path: string, text: string): Promise<void> {
  const fresh = `${path}.${randomUUID()}`;
  await writeFile(fresh, text, { flush: true });
  await rename(fresh, path);
}
