import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, open, readdir, rename, stat } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from './server-file.ts';
import { readHolder } from './worker-lock.ts';

export interface LocalWorkerPlan {
  readonly name: string;
  readonly url: string;
  readonly stateDir: string;
  /** Program and first words of a `hive` process. */
  readonly hive: readonly [program: string, ...words: string[]];
  /** More words for `hive worker`. */
  readonly words: readonly string[];
  readonly report: (message: string) => void;
}

const FIRST_BACKOFF_MS = 500;
const MOST_BACKOFF_MS = 30_000;
/** Alive for so long, it counts as well and its next death as the first. */
const SETTLED_MS = 60_000;
const WATCH_MS = 1000;
/** Behind whatever the owner of the machine does; the jobs inherit it. */
const LOW_PRIORITY = 10;
const LOG_LIMIT = 10 * 2 ** 20;

/** A worker process of this machine that is kept alive; it outlives a killed server and is taken over by the next. */
export class LocalWorker {
  readonly plan: LocalWorkerPlan;
  #pid: number | null = null;
  #stopping = false;
  #wake = new AbortController();
  #keeping: Promise<void> | undefined;

  constructor(plan: LocalWorkerPlan) {
    this.plan = plan;
  }

  start(): void {
    this.#keeping ??= this.#keep().catch((error: unknown) => {
      this.plan.report(`worker ${this.plan.name} cannot be kept: ${(error as Error).message}`);
    });
  }

  /** Lets it drain and end; kills it when it takes longer than it may, or when `force` fires. */
  async stop(graceMs: number, force: AbortSignal): Promise<void> {
    this.#stopping = true;
    this.#wake.abort();
    this.#signal('SIGTERM');
    const late = AbortSignal.any([force, AbortSignal.timeout(graceMs)]);
    while (this.#pid !== null && isAlive(this.#pid) && !late.aborted) await sleep(50);
    this.#signal('SIGKILL');
    await this.#keeping;
  }

  async #keep(): Promise<void> {
    let backoff = FIRST_BACKOFF_MS;
    while (!this.#stopping) {
      const began = Date.now();
      const how = await this.#runOnce();
      this.#pid = null;
      if (this.#stopping) return;
      if (Date.now() - began >= SETTLED_MS) backoff = FIRST_BACKOFF_MS;
      const log = join(this.plan.stateDir, 'worker.log');
      this.plan.report(
        `worker ${this.plan.name} ended (${how}); starting it again in ${backoff / 1000} s, see ${log}`,
      );
      await sleep(backoff, undefined, { signal: this.#wake.signal }).catch(() => undefined);
      backoff = Math.min(backoff * 2, MOST_BACKOFF_MS);
    }
  }

  /** Takes over a worker that lives, or starts one, and stays with it to its end. */
  async #runOnce(): Promise<string> {
    const holder = await readHolder(this.plan.stateDir);
    if (this.#stopping) return 'not started';
    if (holder !== null && holder.url === this.plan.url) {
      this.#pid = holder.pid;
      while (isAlive(holder.pid)) await sleep(WATCH_MS);
      return 'it was taken over';
    }
    // It dials a server that is not this one: it would never come.
    if (holder !== null) await endProcess(holder.pid);
    return this.#spawn();
  }

  async #spawn(): Promise<string> {
    const { plan } = this;
    const log = await openLog(plan.stateDir);
    try {
      if (this.#stopping) return 'not started';
      const [program, ...first] = plan.hive;
      const where = ['worker', '--url', plan.url, '--name', plan.name, '--state-dir', plan.stateDir];
      // Its own process group: ^C in the terminal is for the server, which then stops its workers in order.
      const options = { detached: true, stdio: ['ignore', log.fd, log.fd] as ['ignore', number, number] };
      const child = spawn(program, [...first, ...where, ...plan.words], options);
      this.#pid = child.pid ?? null;
      lowerPriority(child.pid);
      return await endOf(child);
    } finally {
      await log.close();
    }
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#pid === null) return;
    try {
      process.kill(this.#pid, signal);
    } catch {
      // it ended by itself
    }
  }
}

/** Ends the workers of an earlier server with more of them: nobody would keep or stop them any more. */
export async function endSurplusWorkers(data: string, kept: number): Promise<void> {
  const names = await readdir(data).catch(() => []);
  const surplus = names.filter((name) => Number(/^worker-(\d+)$/.exec(name)?.[1] ?? 0) > kept);
  const holders = await Promise.all(surplus.map((name) => readHolder(join(data, name))));
  await Promise.all(holders.map((holder) => (holder === null ? undefined : endProcess(holder.pid))));
}

const endOf = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });

function lowerPriority(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, LOW_PRIORITY);
  } catch {
    // not permitted: it runs all the same
  }
}

async function openLog(stateDir: string) {
  await mkdir(stateDir, { recursive: true });
  const path = join(stateDir, 'worker.log');
  const facts = await stat(path).catch(() => null);
  if (facts !== null && facts.size > LOG_LIMIT) await rename(path, `${path}.1`);
  return open(path, 'a');
}

async function endProcess(pid: number): Promise<void> {
  for (const [signal, ms] of [
    ['SIGTERM', 25_000],
    ['SIGKILL', 5000],
  ] as const) {
    if (!isAlive(pid)) return;
    process.kill(pid, signal);
    for (const until = Date.now() + ms; isAlive(pid) && Date.now() < until; ) await sleep(50);
  }
}
