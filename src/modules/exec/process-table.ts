import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** One running process. `started` tells two holders of one re-used pid apart. */
export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** 0 where the platform does not tell */
  readonly session: number;
  readonly zombie: boolean;
  readonly started: string;
}

/** Every process this user can see; empty on Windows, where `taskkill /T` walks the tree itself. */
export function readProcesses(): ProcessRow[] {
  if (process.platform === 'linux') return readProc();
  return process.platform === 'win32' ? [] : readPs([]);
}

export function readProcess(pid: number): ProcessRow | undefined {
  if (process.platform === 'linux') return readStat(pid);
  return process.platform === 'win32' ? undefined : readPs(['-p', String(pid)])[0];
}

/** Whether its first environment carries `line` (`NAME=value`). Only Linux tells. */
export function hasEnvironment(pid: number, line: string): boolean {
  try {
    return `\0${readFileSync(`/proc/${pid}/environ`, 'latin1')}`.includes(`\0${line}\0`);
  } catch {
    return false;
  }
}

/** How often the kernel killed a process for lack of memory since it booted; 0 where it does not tell. */
export function countOomKills(): number {
  try {
    return Number(/^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Changes at every boot of the machine; empty where the platform does not tell. */
export function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

function readProc(): ProcessRow[] {
  const rows: ProcessRow[] = [];
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    const row = Number.isInteger(pid) ? readStat(pid) : undefined;
    if (row !== undefined) rows.push(row);
  }
  return rows;
}

function readStat(pid: number): ProcessRow | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The command's name may hold blanks and brackets; what follows the last bracket does not.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = '', parent, group, session] = fields;
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    zombie: state === 'Z' || state === 'X',
    started: fields[19] ?? '',
  };
}

function readPs(selection: readonly string[]): ProcessRow[] {
  const columns = ['-o', 'pid=,ppid=,pgid=,stat=,lstart='];
  const args = selection.length === 0 ? ['-ax', ...columns] : [...selection, ...columns];
  let text: string;
  try {
    text = execFileSync('ps', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line) => {
    const [, pid, parent, group, stat = '', started = ''] =
      /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/.exec(line) ?? [];
    if (pid === undefined) return [];
    const zombie = stat.startsWith('Z');
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group), session: 0, zombie, started }];
  });
}
