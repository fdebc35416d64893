import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import type { Recorder } from './history.ts';

const HIVE = resolve(import.meta.dirname, '../dist/bin/hive.js');
const RESTART_MS = 300;
/** A start that was refused is tried again after this long. */
const AGAIN_MS = 1000;
const GRACE_MS = 8000;

/** One `hive` process that is started again whenever it ends, as its supervisor would. */
export class Member {
  readonly name: string;
  readonly #argv: () => readonly string[];
  readonly #dir: string;
  readonly #recorder: Recorder;
  /** It prints a line when it is up. */
  readonly #announces: boolean;
  #child: ChildProcess | null = null;
  #paused = false;
  /** The next end is ours. */
  #expected = false;
  #stopping = false;
  /** It has said that it is up; who says nothing is up at once. */
  #up = false;
  #away_ms = RESTART_MS;
  #kept: Promise<void> = Promise.resolve();

  constructor(
    name: string,
    dir: string,
    recorder: Recorder,
    announces: boolean,
    argv: () => readonly string[],
  ) {
    this.name = name;
    this.#announces = announces;
    this.#argv = argv;
    this.#dir = dir;
    this.#recorder = recorder;
    process.once('exit', () => this.#child?.kill('SIGKILL'));
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Up, and neither paused nor killed. */
  get running(): boolean {
    return this.#child !== null && this.#up && !this.#paused && !this.#expected;
  }

  /** Resolves with the line by which it says that it is up, if it does. */
  async start(): Promise<string> {
    const line = await this.#launch();
    this.#kept = this.#keep();
    if (this.#announces && line === '')
      throw new Error(`${this.name} did not start: see its log in ${this.#dir}`);
    return line;
  }

  /** kill -9, and away for so long. False when there is nobody to kill. */
  kill(away_ms: number): boolean {
    if (this.#child === null || this.#expected) return false;
    this.#expected = true;
    this.#away_ms = away_ms;
    this.#child.kill('SIGKILL');
    this.#tell('kill', `away for ${Math.round(away_ms)} ms`);
    return true;
  }

  /** SIGSTOP for so long. False when there is nobody to stop. */
  freeze(for_ms: number): boolean {
    const child = this.#child;
    if (child === null || !this.running) return false;
    this.#paused = true;
    child.kill('SIGSTOP');
    this.#tell('pause', `for ${Math.round(for_ms)} ms`);
    setTimeout(() => this.#thaw(child), for_ms);
    return true;
  }

  /** Asked first, then killed, by its own pid. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (child !== null) {
      this.#thaw(child);
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
      await once(child, 'exit');
      clearTimeout(late);
    }
    await this.#kept;
  }

  #thaw(child: ChildProcess): void {
    if (this.#child !== child || !this.#paused) return;
    child.kill('SIGCONT');
    this.#paused = false;
    this.#tell('resume');
  }

  async #keep(): Promise<void> {
    while (!this.#stopping) {
      const child = this.#child;
      if (child !== null && child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      if (child !== null) this.#ended(child);
      if (this.#stopping) break;
      await pause(this.#away_ms);
      this.#away_ms = RESTART_MS;
      if (this.#stopping) break;
      const launched = this.#launch();
      this.#tell('restart');
      await launched;
    }
  }

  #ended(child: ChildProcess): void {
    const expected = this.#expected || this.#stopping;
    this.#child = null;
    this.#paused = false;
    this.#expected = false;
    if (expected) return;
    const end = `exit code ${child.exitCode}, signal ${child.signalCode}`;
    this.#tell(this.#up ? 'died' : 'not-started', end);
    if (!this.#up) this.#away_ms = AGAIN_MS;
  }

  /** Resolves when it is up, with the line that says so, or when it has ended before. */
  async #launch(): Promise<string> {
    mkdirSync(this.#dir, { recursive: true });
    const log = openSync(join(this.#dir, `${this.name}.log`), 'a');
    const env = {
      ...process.env,
      XDG_DATA_HOME: join(this.#dir, 'xdg'),
      XDG_STATE_HOME: join(this.#dir, 'state'),
      NO_COLOR: '1',
    };
    const child = spawn(process.execPath, [HIVE, ...this.#argv()], {
      env,
      stdio: ['ignore', this.#announces ? 'pipe' : 'ignore', log],
    });
    closeSync(log);
    this.#child = child;
    this.#up = !this.#announces;
    if (child.stdout === null) return '';
    for await (const line of createInterface({ input: child.stdout })) {
      this.#up = true;
      return line;
    }
    return '';
  }

  #tell(fault: 'kill' | 'restart' | 'pause' | 'resume' | 'died' | 'not-started', detail?: string): void {
    const pid = this.pid;
    this.#recorder.add({
      kind: 'fault',
      fault,
      target: this.name,
      ...(pid !== undefined && { pid }),
      ...(detail !== undefined && { detail }),
    });
  }
}
