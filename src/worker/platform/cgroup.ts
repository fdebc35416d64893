import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface CgroupLimits {
  /** cores; Infinity when nothing limits them */
  readonly cpus: number;
  readonly memory_bytes: number;
}

type ReadText = (path: string) => string;
const ROOT = '/sys/fs/cgroup';

/** The tightest limits on the way from this process's group to the root, version 1 and 2. */
export function readCgroupLimits(read: ReadText = (path) => readFileSync(path, 'utf8')): CgroupLimits {
  const text = attempt(read, '/proc/self/cgroup') ?? '';
  let cpus = Number.POSITIVE_INFINITY;
  let memory_bytes = Number.POSITIVE_INFINITY;
  for (const line of text.split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    for (const group of ancestors(path)) {
      if (controllers === '') {
        cpus = Math.min(cpus, quota(attempt(read, join(ROOT, group, 'cpu.max'))));
        memory_bytes = Math.min(memory_bytes, bytes(attempt(read, join(ROOT, group, 'memory.max'))));
      }
      const names = controllers.split(',');
      if (names.includes('cpu')) cpus = Math.min(cpus, quotaV1(read, join(ROOT, 'cpu', group)));
      if (names.includes('memory')) {
        const limit = attempt(read, join(ROOT, 'memory', group, 'memory.limit_in_bytes'));
        memory_bytes = Math.min(memory_bytes, bytes(limit));
      }
    }
  }
  return { cpus, memory_bytes };
}

/** In a container the path of the host may not be there, but the root then is the container's own group. */
function ancestors(path: string): string[] {
  const groups = ['/'];
  for (let group = path; group !== '/' && group !== '.' && group !== ''; group = dirname(group)) {
    groups.push(group);
  }
  return groups;
}

function quota(text: string | undefined): number {
  const [limit = 'max', period = '100000'] = (text ?? '').trim().split(/\s+/);
  return limit === 'max' || limit === '' ? Number.POSITIVE_INFINITY : Number(limit) / Number(period);
}

function quotaV1(read: ReadText, folder: string): number {
  const limit = Number(attempt(read, join(folder, 'cpu.cfs_quota_us')) ?? -1);
  const period = Number(attempt(read, join(folder, 'cpu.cfs_period_us')) ?? 0);
  return limit > 0 && period > 0 ? limit / period : Number.POSITIVE_INFINITY;
}

function bytes(text: string | undefined): number {
  const value = Number.parseInt(text ?? 'max', 10);
  return Number.isFinite(value) && value > 0 ? value : Number.POSITIVE_INFINITY;
}

function attempt(read: ReadText, path: string): string | undefined {
  try {
    return read(path);
  } catch {
    return undefined;
  }
}
