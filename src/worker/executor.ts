import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Assignment, type AttemptRef, USUAL_LIMITS, type WorkerOutcome } from '../protocol/attempt.ts';
import type { JobError, ManifestEntry, Progress } from '../protocol/job.ts';
import { uploadArtifacts } from './artifacts.ts';
import { type AttemptApi, Refused } from './attempt-api.ts';
import { saveCheckpoint, stageResume } from './checkpoints.ts';
import { toFault } from './fault.ts';
import type { InputCache } from './input-cache.ts';
import { attemptKey } from './leftovers.ts';
import { type Log, messageOf } from './log.ts';
import { LogSpool } from './log-spool.ts';
import type { SandboxResult } from './sandbox/messages.ts';
import type { Sandbox, SandboxHooks, SandboxJob, SaveRequest } from './sandbox/sandbox.ts';
import { outcomeOfStop, Stop, stopOf } from './stop.ts';

export interface ExecutorDeps {
  readonly api: AttemptApi;
  readonly cache: InputCache;
  readonly sandbox: Sandbox;
  readonly log: Log;
  readonly logBytesPerSecond: number;
  readonly logBytes: number;
}

export interface AttemptHooks {
  started(): void;
  progress(progress: Progress): void;
  /** Whether it is to leave once it has saved a checkpoint. */
  leaving(): boolean;
}

/** How an attempt is asked to end; the executor itself uses \`stop\` when it must. */
export interface AttemptLife {
  readonly stop: AbortController;
  readonly drain: AbortSignal;
}

/** How long the last lines may take to arrive before the outcome goes without them. */
const FLUSH_MS = 15_000;
/** When the attempt had to die at once the line is most likely dead too. */
const HARD_FLUSH_MS = 500;
/** The channel's frames take 8 MiB; what is larger belongs into a file. */
const MAX_OUTPUT = 4 * 2 ** 20;

/** Runs one attempt in its folder to its outcome; null when the orchestrator no longer wants one. */
export async function executeAttempt(
  deps: ExecutorDeps,
  assignment: Assignment,
  folder: string,
  life: AttemptLife,
  hooks: AttemptHooks,
): Promise<WorkerOutcome | null> {
  const { stop } = life;
  const ref = refOf(assignment);
  const shipping = new AbortController();
  const spool = new LogSpool({
    api: deps.api,
    ref,
    path: join(folder, 'log'),
    bytesPerSecond: deps.logBytesPerSecond,
    maxBytes: deps.logBytes,
    signal: shipping.signal,
  });
  const disarm = limitTime(assignment.timeout_ms, stop);
  try {
    const outcome = await attempt(deps, assignment, folder, life, hooks, spool);
    const hard = stopOf(stop.signal)?.hard === true;
    if (outcome !== null) await spool.flush(hard ? HARD_FLUSH_MS : FLUSH_MS);
    return outcome;
  } finally {
    disarm();
    shipping.abort();
    await spool.close();
  }
}

/** Sends the files again, for an orchestrator that lost them between upload and outcome. */
export const uploadAgain = (
  api: AttemptApi,
  ref: AttemptRef,
  folder: string,
  signal: AbortSignal,
): Promise<unknown> => uploadArtifacts(api, ref, join(folder, 'out'), signal, () => {});

export const refOf = ({ job_id, epoch, nonce }: AttemptRef): AttemptRef => ({ job_id, epoch, nonce });

async function attempt(
  deps: ExecutorDeps,
  assignment: Assignment,
  folder: string,
  life: AttemptLife,
  hooks: AttemptHooks,
  spool: LogSpool,
): Promise<WorkerOutcome | null> {
  const ref = refOf(assignment);
  const { signal } = life.stop;
  const files = { in: join(folder, 'in'), out: join(folder, 'out'), work: join(folder, 'work') };
  try {
    for (const path of Object.values(files)) await mkdir(path, { recursive: true });
    for (const input of assignment.files ?? []) await deps.cache.stage(ref, input, files.in, signal);
    const resume = await stageResume(deps.cache, ref, assignment.resume, join(folder, 'resume'), signal);
    const job = { ...toSandboxJob(deps, assignment, files), resume };
    const checkpoint: SandboxHooks['checkpoint'] = (save) => keep(deps, ref, files.work, life, hooks, save);
    const sandboxHooks: SandboxHooks = { ...hooks, log: spool.write, checkpoint };
    const end = await deps.sandbox.run(job, sandboxHooks, { stop: signal, drain: life.drain });
    if (end.kind === 'failed') {
      return { ...failed(end.error), artifacts: await keepRemains(deps, ref, files.out, signal, spool) };
    }
    signal.throwIfAborted();
    if (end.kind === 'stopped') return failed(toFault(new Error('the sandbox stopped by itself')));
    const oversized = findOversize(end.result);
    if (oversized !== null) return failed(oversized);
    const artifacts = await uploadArtifacts(deps.api, ref, files.out, signal, spool.write);
    return { status: 'succeeded', ...clip(end.result), artifacts };
  } catch (error) {
    const stopped = stopOf(signal);
    if (stopped !== undefined) return outcomeOfStop(stopped);
    if (error instanceof Refused && error.leaseLost) return null;
    deps.log('warn', 'an attempt failed on the worker’s side', {
      attempt: attemptKey(ref),
      error: String(error),
    });
    return failed(toFault(error));
  }
}

/** Saves a checkpoint; one that is to leave goes as soon as its checkpoint is there (C9). */
async function keep(
  deps: ExecutorDeps,
  ref: AttemptRef,
  work: string,
  { stop, drain }: AttemptLife,
  hooks: AttemptHooks,
  save: SaveRequest,
): Promise<void> {
  try {
    await saveCheckpoint(deps.api, ref, work, save, stop.signal);
  } catch (error) {
    if (error instanceof Refused && error.leaseLost)
      stop.abort(new Stop('abandon', 'the attempt is no longer this worker’s'));
    throw error;
  }
  if (hooks.leaving()) stop.abort(new Stop('preempt', messageOf(drain.reason)));
}

const failed = (error: JobError): Extract<WorkerOutcome, { status: 'failed' }> => ({
  status: 'failed',
  error,
  artifacts: [],
});

/** What a failed run left tells why it failed; that it cannot be uploaded must not hide the failure itself. */
async function keepRemains(
  deps: ExecutorDeps,
  ref: AttemptRef,
  out: string,
  signal: AbortSignal,
  spool: LogSpool,
): Promise<ManifestEntry[]> {
  try {
    return [...(await uploadArtifacts(deps.api, ref, out, signal, spool.write))];
  } catch (error) {
    if (signal.aborted || (error instanceof Refused && error.leaseLost)) throw error;
    deps.log('warn', 'what a failed run left was not kept', { error: String(error) });
    return [];
  }
}

function toSandboxJob(
  deps: ExecutorDeps,
  assignment: Assignment,
  files: SandboxJob['files'],
): Omit<SandboxJob, 'resume'> {
  return {
    module: assignment.module,
    input: assignment.input,
    job_id: assignment.job_id,
    attempt: attemptKey(assignment),
    files,
    memory_bytes: (assignment.limits ?? USUAL_LIMITS).memory_bytes,
    log_bytes_per_second: deps.logBytesPerSecond,
  };
}

function findOversize(result: SandboxResult): JobError | null {
  const size = Buffer.byteLength(JSON.stringify(result.output) ?? '');
  if (size <= MAX_OUTPUT) return null;
  return {
    cause: 'user',
    code: 'output_too_large',
    message: `the output has ${size} bytes, ${MAX_OUTPUT} are allowed`,
    hint: 'write it to a file among the artifacts',
  };
}

const clip = (result: SandboxResult): SandboxResult => ({
  ...result,
  warnings: result.warnings.slice(0, 100).map((warning) => warning.slice(0, 2048)),
});

const LONGEST_TIMER = 2 ** 31 - 1;

/** Stops the attempt at its time limit, which may be longer than a timer of the runtime can be. */
function limitTime(ms: number, stop: AbortController): () => void {
  const end = performance.now() + ms;
  let timer: NodeJS.Timeout;
  const arm = (): void => {
    const left = end - performance.now();
    timer = setTimeout(
      () => {
        if (end - performance.now() > 1) arm();
        else stop.abort(new Stop('timeout', `it did not end within ${ms / 1000} s`));
      },
      Math.min(left, LONGEST_TIMER),
    );
  };
  arm();
  return () => clearTimeout(timer);
}
