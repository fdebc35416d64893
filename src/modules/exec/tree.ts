import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { hasEnvironment, type ProcessRow, readProcess, readProcesses } from './process-table.ts';

/** A program that was started as leader of its own group and session, and everything that came of it. */
export interface ProcessTree {
  readonly pid: number;
  /** ProcessRow.started of the leader; null when it was not seen */
  readonly started: string | null;
  /** `NAME=value` in the environment of every descendant, also of those that left group and session. */
  readonly mark: string | undefined;
}

const POLL_MS = 40;
const SWEEP_MS = 4000;

export function treeOf(pid: number, mark?: string): ProcessTree {
  return { pid, started: readProcess(pid)?.started ?? null, mark };
}

/** SIGTERM, then after the grace SIGKILL, until nothing of the tree is left. False when something survived. */
export async function killTree(tree: ProcessTree, graceMs: number): Promise<boolean> {
  if (process.platform === 'win32') return taskkill(tree.pid);
  const known = new Map<number, string>();
  if (graceMs > 0 && (await signalUntilGone(tree, known, 'SIGTERM', graceMs))) return true;
  return signalUntilGone(tree, known, 'SIGKILL', SWEEP_MS);
}

/** One synchronous SIGKILL to all of it, for a process that is about to exit itself. */
export function killTreeNow(tree: ProcessTree): void {
  if (process.platform === 'win32') {
    spawn('taskkill', ['/PID', String(tree.pid), '/T', '/F'], { stdio: 'ignore', detached: true }).unref();
    return;
  }
  for (const pid of members(tree, new Map())) signal(pid, 'SIGKILL');
}

/** Kills what carries the mark, whoever started it; for attempts whose worker is gone. */
export async function killMarked(mark: string): Promise<boolean> {
  const orphaned: ProcessTree = { pid: -1, started: null, mark };
  return killTree(orphaned, 0);
}

async function signalUntilGone(
  tree: ProcessTree,
  known: Map<number, string>,
  name: 'SIGTERM' | 'SIGKILL',
  limitMs: number,
): Promise<boolean> {
  const end = performance.now() + limitMs;
  const told = new Set<number>();
  for (;;) {
    const alive = members(tree, known);
    if (alive.length === 0) return true;
    for (const pid of alive) {
      // SIGTERM once each: a second one means "now" to many programs. SIGKILL as long as it is there.
      if (name === 'SIGKILL' || !told.has(pid)) signal(pid, name);
      told.add(pid);
    }
    if (performance.now() > end) return false;
    await pause(POLL_MS);
  }
}

/** Who belongs to the tree now. `known` keeps members that lose their parent while the tree dies. */
function members(tree: ProcessTree, known: Map<number, string>): number[] {
  const rows = readProcesses();
  const leader = rows.find((row) => row.pid === tree.pid);
  // A pid is not given out again while its group or session lives, so another start time means both are gone.
  const reused = leader !== undefined && tree.started !== null && leader.started !== tree.started;
  const family = reused || tree.pid <= 0 ? new Set<number>() : descendants(rows, tree.pid);
  const found = rows.filter(
    (row) =>
      !row.zombie &&
      row.pid !== process.pid &&
      (family.has(row.pid) || known.get(row.pid) === row.started || isMarked(row, tree)),
  );
  for (const row of found) known.set(row.pid, row.started);
  return found.map((row) => row.pid);
}

function descendants(rows: readonly ProcessRow[], root: number): Set<number> {
  const family = new Set<number>([root]);
  for (const row of rows) if (row.group === root || row.session === root) family.add(row.pid);
  for (let size = 0; size !== family.size; ) {
    size = family.size;
    for (const row of rows) if (family.has(row.parent)) family.add(row.pid);
  }
  return family;
}

function isMarked(row: ProcessRow, tree: ProcessTree): boolean {
  if (tree.mark === undefined || process.platform !== 'linux') return false;
  // Whoever started before the leader cannot descend from it; spares reading its environment.
  if (tree.started !== null && Number(row.started) < Number(tree.started)) return false;
  return hasEnvironment(row.pid, tree.mark);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // gone meanwhile, or another user's: the next look tells
  }
}

function taskkill(pid: number): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn('taskkill', ['/PID', String(pid), '/T', '/F'], { stdio: 'ignore' });
    child.on('error', () => resolve(false));
    // 128: there is no such process
    child.on('exit', (code) => resolve(code === 0 || code === 128));
  });
}
