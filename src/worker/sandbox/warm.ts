import { markOf } from '../../modules/exec/scope.ts';
import { killMarked } from '../../modules/exec/tree.ts';
import type { Probe } from '../../modules/module.ts';
import { type Log, messageOf } from '../log.ts';
import { stopOf } from '../stop.ts';
import { toDeathError } from './child-death.ts';
import type { ChildEntry } from './child-entry.ts';
import type { FromChild } from './messages.ts';
import type { Sandbox, SandboxEnd, SandboxHooks, SandboxJob, SandboxSignals } from './sandbox.ts';
import { WarmProcess } from './warm-process.ts';

export interface WarmOptions {
  readonly entry: ChildEntry;
  /** Scratch folder that the children start in. */
  readonly home: string;
  /** How many children may stand idle. */
  readonly keep: number;
  readonly idleMs: number;
  /** Modules whose process may run several jobs at once. */
  sharesProcess(module: string): boolean;
  readonly log: Log;
  group(pid: number, alive: boolean): void;
}

/** How long a module has to obey its signal before its process is killed; one that has programs to end, longer. */
const OBEY_MS = 2000;
const OBEY_SHARED_MS = 9000;
const LEAST_HEAP_MIB = 512;
/** The ceiling of a job that asks for nothing more: what a spare process is most often good for. */
const SPARE_HEAP_MIB = 4096;

/** Sandbox of the built-in modules: processes that stay, with their engine loaded, from job to job. */
export class WarmSandbox implements Sandbox {
  readonly #options: WarmOptions;
  readonly #processes = new Set<WarmProcess>();
  readonly #idle = new Map<WarmProcess, NodeJS.Timeout>();
  readonly #kills = new Map<string, () => void>();

  constructor(options: WarmOptions) {
    this.#options = options;
  }

  /** Every module is asked in one spare process, which then serves the first job that comes. */
  async probe(module: string, limitMs: number): Promise<Probe> {
    const child = this.#take(null, SPARE_HEAP_MIB);
    const probe = await new Promise<Probe>((resolve) => {
      const late = setTimeout(() => {
        resolve({ ok: false, reason: `its probe gave no answer within ${limitMs} ms` });
        void child.kill();
      }, limitMs);
      const talk = child.open({
        message: (message) => message.type === 'probed' && settle(toProbe(message.probe)),
        died: (end) => settle({ ok: false, reason: `its probe failed: ${end.message}` }),
      });
      const settle = (answer: Probe): void => {
        clearTimeout(late);
        talk.close();
        resolve(answer);
      };
      child.send({ type: 'probe', id: talk.id, module });
    });
    this.#release(child);
    return probe;
  }

  async run(job: SandboxJob, hooks: SandboxHooks, signals: SandboxSignals): Promise<SandboxEnd> {
    const signal = signals.stop;
    if (signal.aborted) return { kind: 'stopped' };
    const child = this.#take(job.module, heapFor(job.memory_bytes));
    const end = await this.#converse(child, job, hooks, signals);
    this.#release(child);
    if (signal.aborted || end.kind === 'failed') await killMarked(markOf(job.attempt));
    // A result that came before the stop is the job's; one that came after is not asked for any more.
    return signal.aborted ? { kind: 'stopped' } : end;
  }

  kill(attempt: string): void {
    this.#kills.get(attempt)?.();
  }

  async close(): Promise<void> {
    for (const timer of this.#idle.values()) clearTimeout(timer);
    this.#idle.clear();
    await Promise.all([...this.#processes].map((child) => child.kill()));
  }

  #converse(
    child: WarmProcess,
    job: SandboxJob,
    hooks: SandboxHooks,
    signals: SandboxSignals,
  ): Promise<SandboxEnd> {
    const signal = signals.stop;
    const graceMs = this.#options.sharesProcess(job.module) ? OBEY_SHARED_MS : OBEY_MS;
    return new Promise((resolve) => {
      let kill: NodeJS.Timeout | undefined;
      const settle = (end: SandboxEnd): void => {
        clearTimeout(kill);
        signal.removeEventListener('abort', stop);
        signals.drain.removeEventListener('abort', drain);
        this.#kills.delete(job.attempt);
        talk.close();
        resolve(end);
      };
      // Others may run in a shared process: then only this job's programs die, found by their mark.
      const end = (): void => {
        if (child.jobs > 1) settle({ kind: 'stopped' });
        else void child.kill();
      };
      const stop = (): void => {
        const why = stopOf(signal);
        child.send({ type: 'cancel', id: talk.id, reason: why?.message ?? 'stopped' });
        if (why?.hard === true) end();
        else kill = setTimeout(end, graceMs);
      };
      const drain = (): void =>
        child.send({ type: 'drain', id: talk.id, reason: messageOf(signals.drain.reason) });
      const talk = child.open({
        message: (message) => {
          if (message.type === 'checkpoint') void answerSave(child, message, hooks);
          else if (message.type === 'result') settle({ kind: 'result', result: message.result });
          else if (message.type === 'error') settle({ kind: 'failed', error: message.error });
          else report(message, hooks);
        },
        died: (death) => settle({ kind: 'failed', error: toDeathError(death) }),
      });
      this.#kills.set(job.attempt, end);
      signal.addEventListener('abort', stop);
      signals.drain.addEventListener('abort', drain);
      child.send({ ...job, type: 'run', id: talk.id });
      if (signals.drain.aborted) drain();
    });
  }

  /** A child that has the module loaded, else a spare one, else a new one. */
  #take(module: string | null, heapMib: number): WarmProcess {
    const shared = module !== null && this.#options.sharesProcess(module);
    const ready = [...this.#processes].filter(
      (child) => child.alive && (shared || (this.#idle.has(child) && child.heapMib === heapMib)),
    );
    const fits = (wanted: string | null) => (child: WarmProcess) => child.module === wanted;
    const child =
      ready.find(fits(module)) ?? ready.find((each) => this.#idle.has(each) && each.module === null);
    const taken = child ?? this.#fork(heapMib);
    clearTimeout(this.#idle.get(taken));
    this.#idle.delete(taken);
    if (module !== null) taken.module = module;
    return taken;
  }

  #fork(heapMib: number): WarmProcess {
    const { entry, home, log, group } = this.#options;
    const child = new WarmProcess({ entry, home, heapMib, log, group });
    this.#processes.add(child);
    void child.exited.then(() => {
      this.#processes.delete(child);
      clearTimeout(this.#idle.get(child));
      this.#idle.delete(child);
    });
    return child;
  }

  #release(child: WarmProcess): void {
    if (!child.alive || child.jobs > 0 || this.#idle.has(child)) return;
    const timer = setTimeout(() => void child.kill(), this.#options.idleMs);
    timer.unref();
    this.#idle.set(child, timer);
    // Longest idle first: a Map keeps the order of insertion.
    const [oldest] = this.#idle.keys();
    if (this.#idle.size > this.#options.keep && oldest !== undefined) void oldest.kill();
  }
}

/** Heap ceilings in powers of two, so that few differ and children can be reused. */
function heapFor(memoryBytes: number): number {
  const mib = Math.max(LEAST_HEAP_MIB, memoryBytes / 2 ** 20);
  return 2 ** Math.ceil(Math.log2(mib));
}

function report(message: FromChild, hooks: SandboxHooks): void {
  if (message.type === 'running') hooks.started();
  else if (message.type === 'progress') hooks.progress(message.progress);
  else if (message.type === 'log') message.lines.forEach(hooks.log);
}

async function answerSave(
  child: WarmProcess,
  message: Extract<FromChild, { type: 'checkpoint' }>,
  hooks: SandboxHooks,
): Promise<void> {
  const { id, seq, files, state } = message;
  try {
    await hooks.checkpoint({ seq, files, state });
    child.send({ type: 'checkpointed', id, seq });
  } catch (error) {
    child.send({ type: 'checkpointed', id, seq, error: messageOf(error) });
  }
}

function toProbe(probe: { ok: boolean; engine?: string; reason?: string; fix?: string | undefined }): Probe {
  if (probe.ok) return { ok: true, engine: probe.engine ?? '' };
  return { ok: false, reason: probe.reason ?? '', ...(probe.fix !== undefined && { fix: probe.fix }) };
}
