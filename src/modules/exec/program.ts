import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, extname, isAbsolute, join, resolve } from 'node:path';
import { LineSplitter } from './lines.ts';
import { currentScope, markOf, type ProgramScope } from './scope.ts';
import { killTree, treeOf } from './tree.ts';

export interface ProgramOptions {
  /** The program (an absolute path) and its arguments. */
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  /** Beside PATH, LANG, TZ, HOME and HIVE_*; nothing else is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly stdin?: string | undefined;
  readonly signal: AbortSignal;
  line(stream: 'stdout' | 'stderr', text: string): void;
}

export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** From SIGTERM to SIGKILL. */
const GRACE_MS = 3000;
/** How long output may still come after everything that could write it is dead. */
const DRAIN_MS = 2000;
/** Thread stacks and untouched mappings count in full against RLIMIT_DATA, though they use no memory. */
const ALLOWANCE_BYTES = 256 * 2 ** 20;

/**
 * The ceiling is RLIMIT_DATA (private writable memory, Linux ≥ 4.7), not RLIMIT_AS: address space counts what is
 * only reserved, and Node, the JVM, Go and CUDA reserve tens of gigabytes that they never touch.
 */
const LIMITED = 'ulimit -c 0 2>/dev/null; [ "$1" = none ] || ulimit -d "$1" 2>/dev/null; shift; exec "$@"';

/** Runs one program as leader of its own session until it and all its descendants are gone. */
export async function runProgram(options: ProgramOptions): Promise<ProgramEnd> {
  options.signal.throwIfAborted();
  const scope = currentScope();
  const child = launch(options, scope);
  const exited = waitForExit(child);
  const drained = readOutput(child, options);
  if (child.pid === undefined) return exited;
  const tree = treeOf(child.pid, markOf(scope.attempt));
  scope.started(tree);
  try {
    const end = await untilAborted(exited, options.signal);
    if (end === 'aborted') await killTree(tree, GRACE_MS);
    // What the program left running in the background ends with it.
    else await killTree(tree, 0);
    await bounded(drained, DRAIN_MS);
    options.signal.throwIfAborted();
    return await exited;
  } finally {
    scope.ended(tree);
  }
}

/** The absolute path of a program, looked up as a shell does; null when there is none. */
export async function findProgram(name: string, cwd: string, path: string): Promise<string | null> {
  const direct = name.includes('/') || (process.platform === 'win32' && name.includes('\\'));
  const places = direct ? [isAbsolute(name) ? name : resolve(cwd, name)] : folders(path, name);
  const endings = process.platform === 'win32' && extname(name) === '' ? ['.exe', '.cmd', '.bat'] : [''];
  for (const place of places) {
    for (const ending of endings) if (await isProgram(place + ending)) return place + ending;
  }
  return null;
}

/** Why a name is no program that can be started. */
export async function whyNoProgram(name: string, cwd: string): Promise<string> {
  if (!name.includes('/')) return 'no such program in PATH';
  const facts = await stat(resolve(cwd, name)).catch(() => undefined);
  if (facts === undefined) return 'no such file';
  return facts.isDirectory() ? 'is a folder, not a program' : 'is not executable';
}

export const basePath = (): string => process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin';

function folders(path: string, name: string): string[] {
  return path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name));
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

function launch(options: ProgramOptions, scope: ProgramScope): ChildProcess {
  const [program, ...args] = options.argv;
  const windows = process.platform === 'win32';
  const ceiling =
    scope.memory_bytes === null ? 'none' : String(Math.ceil((scope.memory_bytes + ALLOWANCE_BYTES) / 1024));
  const limited = ['-c', LIMITED, 'sh', ceiling, program, ...args];
  const child = spawn(windows ? program : '/bin/sh', windows ? args : limited, {
    cwd: options.cwd,
    env: environment(options, scope),
    detached: !windows,
    windowsHide: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // A program need not read its input: EPIPE is not an error of ours.
  child.stdin?.on('error', () => {});
  child.stdin?.end(options.stdin ?? '');
  return child;
}

function environment(options: ProgramOptions, scope: ProgramScope): Record<string, string> {
  const kept = ['LANG', 'TZ', 'SystemRoot', 'ComSpec', 'PATHEXT'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    PATH: basePath(),
    HOME: options.cwd,
    ...Object.fromEntries(kept),
    ...options.env,
    HIVE_JOB_ID: scope.job_id,
    HIVE_ATTEMPT: scope.attempt,
  };
}

function waitForExit(child: ChildProcess): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

function readOutput(child: ChildProcess, options: ProgramOptions): Promise<unknown> {
  const streams = (['stdout', 'stderr'] as const).map(
    (name) =>
      new Promise<void>((resolve) => {
        const stream = child[name];
        if (stream === null) return resolve();
        const splitter = new LineSplitter((text) => options.line(name, text));
        stream.on('data', (chunk: Buffer) => splitter.write(chunk));
        stream.once('close', () => {
          splitter.end();
          resolve();
        });
      }),
  );
  return Promise.all(streams);
}

async function untilAborted(
  exited: Promise<ProgramEnd>,
  signal: AbortSignal,
): Promise<ProgramEnd | 'aborted'> {
  let listener = (): void => {};
  const aborted = new Promise<'aborted'>((resolve) => {
    listener = () => resolve('aborted');
    signal.addEventListener('abort', listener);
    if (signal.aborted) listener();
  });
  try {
    return await Promise.race([exited, aborted]);
  } finally {
    signal.removeEventListener('abort', listener);
  }
}

async function bounded(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, limit]);
  clearTimeout(timer);
}
