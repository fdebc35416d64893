import { setPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { findModule } from '../../modules/catalog.ts';
import { type ProgramScope, withScope } from '../../modules/exec/scope.ts';
import { killTreeNow, type ProcessTree } from '../../modules/exec/tree.ts';
import { type Module, type ModuleContext, ModuleError, type ModuleResult } from '../../modules/module.ts';
import { fieldErrors } from '../../protocol/errors.ts';
import { messageOf } from '../log.ts';
import { makeJobContext } from './job-context.ts';
import { toJobError, Unloadable } from './job-error.ts';
import { type FromChild, SandboxResult, ToChild } from './messages.ts';
import { readResume, Saves } from './saves.ts';

/** Entry of a sandbox child: runs modules for the worker that forked it and ends with that worker. */
type RunMessage = Extract<ToChild, { type: 'run' }>;

interface Running {
  readonly stop: AbortController;
  readonly drain: AbortController;
  readonly saves: Saves;
}

const running = new Map<number, Running>();
const programs = new Set<ProcessTree>();
const modules = new Map<string, Promise<Module>>();

/**
 * A module that computes without yielding never sees the channel close, so a thread looks whether the worker still
 * is the parent. The pause leaves the main thread its chance to end orderly.
 */
const WATCH = `const parent = Number(process.env.HIVE_PARENT);
setInterval(() => {
  if (process.ppid !== parent) setTimeout(() => process.kill(process.pid, 'SIGKILL'), 400);
}, 200);`;

function listen(): void {
  // What a module prints is log; a worker that is gone must not make that an error.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  lowerPriority();
  process.on('disconnect', leave);
  process.on('message', receive);
  process.on('uncaughtException', crash);
  new Worker(WATCH, { eval: true, stdin: false }).unref();
}

function lowerPriority(): void {
  try {
    setPriority(10);
  } catch {
    // not permitted here: the job then competes with the worker on equal terms
  }
}

function leave(): void {
  for (const tree of programs) killTreeNow(tree);
  process.exit(0);
}

function receive(raw: unknown): void {
  const message = ToChild.parse(raw);
  switch (message.type) {
    case 'probe':
      void probe(message.id, message.module);
      return;
    case 'run':
      void run(message);
      return;
    case 'cancel':
      running.get(message.id)?.stop.abort(new Error(message.reason));
      return;
    case 'drain':
      running.get(message.id)?.drain.abort(new Error(message.reason));
      return;
    case 'checkpointed':
      running.get(message.id)?.saves.answered(message.seq, message.error);
      return;
  }
}

const send = (message: FromChild): void => {
  if (process.connected) process.send?.(message);
};

async function load(name: string): Promise<Module> {
  const entry = findModule(name);
  if (entry === undefined) throw new Unloadable(`there is no module ${name} in this build`);
  const loading = modules.get(name) ?? entry.load();
  modules.set(name, loading);
  try {
    return await loading;
  } catch (error) {
    throw new Unloadable(`the module ${name} does not load: ${String(error)}`, { cause: error });
  }
}

async function probe(id: number, name: string): Promise<void> {
  try {
    const module = await load(name);
    send({ type: 'probed', id, probe: await module.probe() });
  } catch (error) {
    send({ type: 'probed', id, probe: { ok: false, reason: messageOf(error) } });
  }
}

function enlist(id: number): Running {
  const stop = new AbortController();
  const saves = new Saves(stop.signal, (save) =>
    send({ type: 'checkpoint', id, ...save, files: [...save.files] }),
  );
  const entry = { stop, drain: new AbortController(), saves };
  running.set(id, entry);
  return entry;
}

async function run(message: RunMessage): Promise<void> {
  const { id } = message;
  const { stop, drain, saves } = enlist(id);
  const resume = readResume(message.resume);
  const life = { signal: stop.signal, draining: drain.signal, checkpoint: saves.save };
  const { context, flush } = makeJobContext(
    message,
    { ...life, resume: await resume.catch(() => null) },
    {
      progress: (progress) => send({ type: 'progress', id, progress }),
      log: (lines) => send({ type: 'log', id, lines }),
    },
  );
  try {
    await resume;
    const module = await load(message.module);
    const result = await begin(module, message, context);
    flush();
    const { metrics = {}, warnings = [], engine, output } = result;
    send({ type: 'result', id, result: SandboxResult.parse({ engine, output, metrics, warnings }) });
  } catch (thrown) {
    const error = toJobError(thrown);
    if (error.code === 'module_crashed' && !stop.signal.aborted) context.log(stackOf(thrown));
    flush();
    send({ type: 'error', id, error });
  } finally {
    running.delete(id);
  }
}

function begin(module: Module, message: RunMessage, context: ModuleContext): Promise<ModuleResult<unknown>> {
  const input = module.manifest.input.safeParse(message.input);
  if (!input.success) throw invalidInput(fieldErrors(input.error));
  enter(message);
  send({ type: 'running', id: message.id });
  return withScope(scopeOf(message), () => module.run(input.data, context));
}

/** For libraries that look around: scratch space as HOME and current folder, where the process is not shared. */
function enter(message: RunMessage): void {
  if (findModule(message.module)?.sharesProcess === true) return;
  process.env.HOME = message.files.work;
  process.env.HIVE_JOB_ID = message.job_id;
  process.env.HIVE_ATTEMPT = message.attempt;
}

function scopeOf(message: RunMessage): ProgramScope {
  return {
    job_id: message.job_id,
    attempt: message.attempt,
    memory_bytes: message.memory_bytes,
    started: (tree) => {
      programs.add(tree);
      send({ type: 'program', pid: tree.pid, alive: true });
    },
    ended: (tree) => {
      programs.delete(tree);
      send({ type: 'program', pid: tree.pid, alive: false });
    },
  };
}

/** A bug outside of the promise that `run` awaits: nobody knows which job it was, so all of this process fail. */
function crash(thrown: unknown): void {
  const error = toJobError(thrown);
  for (const id of running.keys()) {
    send({ type: 'log', id, lines: [stackOf(thrown)] });
    send({ type: 'error', id, error });
  }
  for (const tree of programs) killTreeNow(tree);
  setImmediate(() => process.exit(1));
}

function invalidInput(errors: ReturnType<typeof fieldErrors>): ModuleError {
  const message = errors.map((error) => `${error.pointer || '/'}: ${error.message}`).join('; ');
  return new ModuleError('invalid_input', message);
}

const stackOf = (thrown: unknown): string =>
  thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);

listen();
