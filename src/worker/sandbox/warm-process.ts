import { type ChildProcess, fork } from 'node:child_process';
import { LineSplitter } from '../../modules/exec/lines.ts';
import { countOomKills } from '../../modules/exec/process-table.ts';
import { killTree, type ProcessTree, treeOf } from '../../modules/exec/tree.ts';
import { type Log, messageOf } from '../log.ts';
import { type ChildEnd, describeDeath } from './child-death.ts';
import type { ChildEntry } from './child-entry.ts';
import { FromChild, type ToChild } from './messages.ts';

export interface WarmProcessOptions {
  readonly entry: ChildEntry;
  readonly home: string;
  readonly heapMib: number;
  readonly log: Log;
  /** Told of every process group that must not outlive the worker. */
  group(pid: number, alive: boolean): void;
}

const LAST_WORDS_MS = 1000;

type ToJob = Extract<FromChild, { id: number }>;
interface Listener {
  message(message: ToJob): void;
  died(end: ChildEnd): void;
}

/** One sandbox child and the conversations with it. */
export class WarmProcess {
  readonly heapMib: number;
  /** The module it has loaded; none yet while it is spare. */
  module: string | null = null;
  readonly exited: Promise<void>;
  readonly #child: ChildProcess;
  readonly #tree: ProcessTree;
  readonly #options: WarmProcessOptions;
  readonly #listeners = new Map<number, Listener>();
  readonly #stderr: string[] = [];
  readonly #oomKills = countOomKills();
  #nextId = 1;
  #dead = false;
  #killed = false;

  constructor(options: WarmProcessOptions) {
    this.#options = options;
    this.heapMib = options.heapMib;
    this.#child = start(options);
    this.#tree = treeOf(this.#child.pid ?? -1);
    if (this.#child.pid !== undefined) options.group(this.#child.pid, true);
    this.exited = new Promise((resolve) => {
      this.#watch(resolve);
    });
    this.#readOutput();
  }

  get alive(): boolean {
    return !this.#dead && !this.#killed;
  }

  get jobs(): number {
    return this.#listeners.size;
  }

  open(listener: Listener): { readonly id: number; close(): void } {
    const id = this.#nextId++;
    this.#listeners.set(id, listener);
    return { id, close: () => void this.#listeners.delete(id) };
  }

  send(message: ToChild): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  /** SIGKILL to its whole group; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#killed = true;
    if (this.#dead) return;
    await killTree(this.#tree, 0);
    await this.exited;
  }

  #watch(resolve: () => void): void {
    const end = (reason: ChildEnd): void => {
      if (this.#dead) return;
      this.#dead = true;
      if (this.#child.pid !== undefined) this.#options.group(this.#child.pid, false);
      for (const listener of [...this.#listeners.values()]) listener.died(reason);
      resolve();
    };
    this.#child.on('message', (raw) => this.#receive(raw));
    this.#child.once('error', (error) => end({ cause: 'infra', message: messageOf(error) }));
    const died = (code: number | null, signal: NodeJS.Signals | null): void => {
      const oomKilled = countOomKills() > this.#oomKills;
      end(describeDeath({ code, signal, stderr: this.#stderr, oomKilled }));
    };
    // 'close' rather than 'exit': the last words on stderr tell whether memory ran out. What the child left behind
    // may hold its pipes open, so it is killed and the wait is bounded.
    this.#child.once('close', died);
    this.#child.once('exit', (code, signal) => {
      this.#killed = true;
      void killTree(this.#tree, 0);
      setTimeout(died, LAST_WORDS_MS, code, signal).unref();
    });
  }

  #receive(raw: unknown): void {
    const parsed = FromChild.safeParse(raw);
    if (!parsed.success) {
      this.#options.log('error', 'a sandbox sent what it should not', { message: parsed.error.message });
      return;
    }
    const message = parsed.data;
    if (message.type === 'program') this.#options.group(message.pid, message.alive);
    else this.#listeners.get(message.id)?.message(message);
  }

  /** What an engine prints belongs to the log of the job that runs, or of the worker when that is not one job. */
  #readOutput(): void {
    const take = (line: string): void => {
      const [only, ...more] = [...this.#listeners.entries()];
      if (only !== undefined && more.length === 0) {
        only[1].message({ type: 'log', id: only[0], lines: [line] });
      } else this.#options.log('debug', line, { module: this.module });
    };
    const stdout = new LineSplitter(take);
    const stderr = new LineSplitter((line) => {
      this.#stderr.push(line.slice(0, 500));
      if (this.#stderr.length > 40) this.#stderr.shift();
      take(`[stderr] ${line}`);
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => stdout.write(chunk)).once('close', () => stdout.end());
    this.#child.stderr?.on('data', (chunk: Buffer) => stderr.write(chunk)).once('close', () => stderr.end());
  }
}

function start(options: WarmProcessOptions): ChildProcess {
  const { entry, heapMib, home } = options;
  const kept = ['PATH', 'LANG', 'TZ', 'SystemRoot', 'ComSpec', 'PATHEXT', 'TEMP'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return fork(entry.path, [], {
    cwd: home,
    env: { ...Object.fromEntries(kept), HOME: home, HIVE_PARENT: String(process.pid) },
    execArgv: [...entry.execArgv, `--max-old-space-size=${heapMib}`],
    // Its own session: a ^C in the worker's terminal is the worker's to handle.
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}
