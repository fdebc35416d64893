import { execFile } from 'node:child_process';
import { access, constants, mkdir, statfs } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { HiveClient } from '../client/index.ts';
import type { Worker } from '../protocol/worker.ts';
import { count, fileSize } from './text.ts';

/** One thing that was looked at: in order, broken (with the way out), or worth knowing. */
export interface Check {
  readonly name: string;
  readonly result: 'ok' | 'fail' | 'note';
  readonly message: string;
  readonly fix?: string;
}

const LEAST_NODE = [20, 19] as const;
const LEAST_FREE = 2e9;
const MOST_SKEW_MS = 5000;

export function checkNode(version = process.versions.node): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const fine = major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1]);
  const message = `Node ${version}`;
  if (fine) return { name: 'node', result: 'ok', message };
  const least = LEAST_NODE.join('.');
  return { name: 'node', result: 'fail', message, fix: `install Node ${least} or newer: https://nodejs.org` };
}

export async function checkDataFolder(folder: string): Promise<Check> {
  const name = 'data folder';
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
    return { name, result: 'ok', message: `${folder} can be written` };
  } catch (error) {
    const message = `${folder}: ${(error as Error).message}`;
    return { name, result: 'fail', message, fix: 'make it writable, or set XDG_DATA_HOME or hive up --data' };
  }
}

export async function checkDisk(folder: string): Promise<Check> {
  const facts = await statfs(folder).catch(() => null);
  if (facts === null) return { name: 'disk', result: 'note', message: `cannot be measured at ${folder}` };
  const free = facts.bavail * facts.bsize;
  const message = `${fileSize(free)} free`;
  if (free >= LEAST_FREE) return { name: 'disk', result: 'ok', message };
  return { name: 'disk', result: 'fail', message, fix: `free at least ${fileSize(LEAST_FREE)} at ${folder}` };
}

export async function checkServer(client: HiveClient): Promise<Check> {
  try {
    const [{ version }, { ready, problems }] = await Promise.all([client.version(), client.readiness()]);
    if (ready) return { name: 'server', result: 'ok', message: `${client.url}, version ${version}` };
    return { name: 'server', result: 'fail', message: `${client.url} is not ready: ${problems.join('; ')}` };
  } catch (error) {
    const fix = 'start one with `hive up`, or name another with --url or HIVE_URL';
    return { name: 'server', result: 'fail', message: (error as Error).message, fix };
  }
}

export async function checkClock(client: HiveClient): Promise<Check> {
  const response = await client.request('/healthz');
  await response.body?.cancel();
  const there = Date.parse(response.headers.get('date') ?? '');
  if (Number.isNaN(there)) return { name: 'clock', result: 'note', message: 'the server told no time' };
  // the header counts whole seconds
  const skew = Math.max(0, Math.abs(Date.now() - there) - 1000);
  if (skew <= MOST_SKEW_MS) return { name: 'clock', result: 'ok', message: 'agrees with the server’s' };
  const message = `differs from the server’s by ${(skew / 1000).toFixed(0)} s`;
  return { name: 'clock', result: 'fail', message, fix: 'switch on time synchronisation on both machines' };
}

export async function checkFleet(client: HiveClient): Promise<Check[]> {
  const [workers, modules] = await Promise.all([client.workers.list(), client.modules.list()]);
  const online = workers.filter((worker) => worker.state === 'online');
  if (online.length === 0) {
    const fix = `start one: hive worker --url ${client.url}`;
    return [{ name: 'workers', result: 'fail', message: 'none is online', fix }];
  }
  const names = online.map((worker) => worker.name).join(', ');
  const message = `${count(online.length, 'is', 'are')} online: ${names}`;
  return [
    { name: 'workers', result: 'ok', message },
    ...modules.map((module) => checkModule(module.name, online)),
  ];
}

function checkModule(module: string, workers: readonly Worker[]): Check {
  const name = `module ${module}`;
  const told = workers.flatMap((worker) => worker.modules.filter((one) => one.name === module));
  const engines = new Set(told.flatMap(({ engine }) => (engine === null ? [] : [engine])));
  if (engines.size > 0) return { name, result: 'ok', message: `runs by ${[...engines].join(', ')}` };
  const [refusal] = told;
  const message = refusal?.reason ?? 'no worker that is online offers it';
  return { name, result: 'fail', message, ...(refusal?.fix !== undefined && { fix: refusal.fix }) };
}

/** A machine without a GPU is in order: it is only worth knowing. */
export async function checkGpu(): Promise<Check> {
  const query = ['--query-gpu=name,memory.total', '--format=csv,noheader'];
  try {
    const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: 10_000 });
    const gpus = stdout.trim().split('\n').filter(Boolean);
    return { name: 'gpu', result: gpus.length > 0 ? 'ok' : 'note', message: gpus.join('; ') || 'none found' };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return { name: 'gpu', result: 'note', message: 'no nvidia-smi here: this machine runs CPU work' };
    }
    const fix = 'look at what `nvidia-smi` says; the driver may need a restart';
    return { name: 'gpu', result: 'fail', message: 'nvidia-smi is there and fails', fix };
  }
}
