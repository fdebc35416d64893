import { explain } from '../core/explain.ts';
import { checkLease } from '../core/lease.ts';
import { HiveError } from '../protocol/errors.ts';
import type { JobId } from '../protocol/ids.ts';
import type { Job } from '../protocol/job.ts';
import { isTerminal } from '../protocol/job-state.ts';
import { openArtifact, stageArtifact } from './artifacts.ts';
import { cancelJob } from './cancel-job.ts';
import { commitCheckpoint, openResume, stageCheckpoint } from './checkpoints.ts';
import type { Deps } from './deps.ts';
import { createDispatcher } from './dispatcher.ts';
import { type EventTail, openEventTail } from './event-tail.ts';
import { cancelGroup, readGroup, submitGroup, waitForGroup } from './groups.ts';
import { createUpload, getUpload, openInput, removeUpload } from './input-files.ts';
import { findModule } from './job-draft.ts';
import { createProgressBoard, waitForEnd, watchJob } from './job-watch.ts';
import { createReaper } from './lease-reaper.ts';
import { openLogBook } from './log-book.ts';
import { type Loop, startLoop } from './loop.ts';
import type { Caller, Orchestrator, SubmitOptions } from './orchestrator.ts';
import { DEFAULT_RETENTION, pruneOnce, type Retention } from './pruner.ts';
import { listQuotas, putQuota, removeQuota } from './quotas.ts';
import { readJob, readJobPage, readParents, readPlacedJob } from './read-job.ts';
import { createSessions, type Sessions } from './sessions.ts';
import { readStats } from './stats.ts';
import { resubmit, submitJobs } from './submit-job.ts';
import { viewArtifact, viewJob, viewWorker } from './view.ts';
import { getWorker, patchWorker } from './worker-admin.ts';
import { openWorkerChannel } from './worker-channel.ts';

/** After a pass that placed this many the next one waits for more, for a pass has its price whatever it places. */
const LOADED = 64;
const GATHER_MS = 3;
/** Commits and sockets wake the dispatcher; this only bounds what a lost hint may cost. */
const DISPATCH_MS = 10_000;
/** While jobs move the clock is looked at this often, for it alone sees an assignment that nobody accepts. */
const REAP_MS = 1000;
const PRUNE_MS = 600_000;

/** Wires the control plane together: every function of its face is one call into the file of that name. */
export function createOrchestrator(deps: Deps, retention: Retention = DEFAULT_RETENTION): Orchestrator {
  checkLease(deps.lease);
  const sessions = createSessions();
  const tail = openEventTail(deps);
  const loops = createLoops(deps, sessions, retention);
  const startedAt = deps.time.now();
  return {
    ...jobFace(deps, sessions, tail, loops.wake),
    ...fileFace(deps),
    followEvents: (after, _caller, signal) => tail.follow(after, signal),
    listModules: () => deps.catalogue,
    getModule: (name) => findModule(deps.catalogue, name),
    listWorkers: async () => (await deps.store.jobs.listWorkers()).map(viewWorker),
    getWorker: async (id) => viewWorker(await getWorker(deps, id)),
    patchWorker: async (id, patch) => {
      const worker = viewWorker(await patchWorker(deps, sessions, id, patch));
      loops.wake();
      return worker;
    },
    listQuotas: () => listQuotas(deps),
    async putQuota(quota) {
      const stored = await putQuota(deps, quota);
      loops.wake();
      return stored;
    },
    async removeQuota(tenant) {
      await removeQuota(deps, tenant);
      loops.wake();
    },
    stats: () => readStats(deps, startedAt),
    readiness: () => readiness(deps),
    start: async () => loops.start(),
    async stop() {
      await loops.stop();
      tail.close();
      for (const { link } of sessions.all()) link.close(1001, 'the orchestrator stops');
    },
  };
}

interface Loops {
  start(): void;
  stop(): Promise<void>;
  /** There may be room or work. */
  wake(): void;
}

function createLoops(deps: Deps, sessions: Sessions, retention: Retention): Loops {
  let loops: Loop[] = [];
  let unsubscribe = (): void => {};
  const wake = (): void => loops[0]?.wake();
  const placeReadyJobs = createDispatcher(deps, sessions);
  const dispatch = async (): Promise<undefined> => {
    for (let placed = await placeReadyJobs(); placed > 0; placed = await placeReadyJobs()) {
      if (placed >= LOADED) await new Promise<void>((resolve) => deps.time.after(GATHER_MS, resolve));
    }
  };
  const idleMs = Math.min(5 * REAP_MS, deps.lease.beat_ms / 2);
  const reaper = createReaper(deps, sessions, idleMs, wake);
  return {
    wake,
    start() {
      loops = [
        startLoop('dispatcher', DISPATCH_MS, deps.time, deps.log, dispatch),
        startLoop('lease reaper', idleMs, deps.time, deps.log, () => reaper.sweep()),
        startLoop('pruner', PRUNE_MS, deps.time, deps.log, () => pruneOnce(deps, retention)),
      ];
      unsubscribe = deps.store.jobs.onCommit(() => {
        wake();
        loops[1]?.hasten(REAP_MS);
      });
    },
    async stop() {
      unsubscribe();
      await Promise.all(loops.map((loop) => loop.stop()));
    },
  };
}

type JobFace = Pick<
  Orchestrator,
  | 'submitJobs'
  | 'getJob'
  | 'listJobs'
  | 'waitForJob'
  | 'cancelJob'
  | 'retryJob'
  | 'submitGroup'
  | 'waitForGroup'
  | 'cancelGroup'
  | 'patchJob'
  | 'explainJob'
  | 'followJob'
  | 'connectWorker'
>;

function jobFace(deps: Deps, sessions: Sessions, tail: EventTail, wake: () => void): JobFace {
  const board = createProgressBoard();
  const read = async (id: JobId, caller: Caller): Promise<Job> => viewJob(await readJob(deps, id, caller));
  return {
    submitJobs(bodies, caller, options) {
      const submitted = submitJobs(deps, bodies, caller, options);
      // They may be placed while they are written; they are sent once they are on disk.
      wake();
      return submitted;
    },
    getJob: read,
    async listJobs(query, caller) {
      const page = await readJobPage(deps, query, caller);
      return { ...page, data: page.data.map(viewJob) };
    },
    async waitForJob(id, ms, caller, signal) {
      const first = await read(id, caller);
      if (isTerminal(first.state) || ms <= 0) return first;
      const limit = timeLimit(deps, ms, signal);
      return waitForEnd(tail, board, () => read(id, caller), id, limit.signal).finally(limit.clear);
    },
    async cancelJob(id, caller) {
      const { result, job } = await cancelJob(deps, sessions, id, caller);
      wake();
      return { result, job: viewJob(job) };
    },
    async submitGroup(submit, caller, options) {
      return submitGroup(deps, submit, caller, options);
    },
    waitForGroup: (id, ms, caller, signal) => waitForGroup(deps, tail, id, ms, caller, signal),
    async cancelGroup(id, caller) {
      await readGroup(deps, id, caller);
      const cancel = (job: JobId) => cancelJob(deps, sessions, job, caller);
      const canceled = await cancelGroup(deps, id, caller, cancel);
      wake();
      return { canceled, group: await readGroup(deps, id, caller) };
    },
    retryJob: (id, caller, options) => retryJob(deps, id, caller, options),
    patchJob: (id, patch, caller) => patchJob(deps, id, patch, caller),
    explainJob: async (id, caller) => {
      const { job, position, limited } = await readPlacedJob(deps, id, caller);
      const parents = await readParents(deps, job);
      return explain(job, await deps.store.jobs.listWorkers(), { position, limited, parents });
    },
    followJob: (id, after, caller, signal) =>
      watchJob(tail, board, () => read(id, caller), id, after, signal),
    connectWorker: (link) => openWorkerChannel({ deps, sessions, board, wake }, link),
  };
}

type FileFace = Pick<
  Orchestrator,
  | 'listArtifacts'
  | 'openArtifact'
  | 'readLog'
  | 'followLog'
  | 'createUpload'
  | 'getUpload'
  | 'removeUpload'
  | 'stageArtifact'
  | 'stageCheckpoint'
  | 'commitCheckpoint'
  | 'openResume'
  | 'appendLog'
  | 'openInput'
>;

function fileFace(deps: Deps): FileFace {
  const book = openLogBook(deps);
  return {
    async listArtifacts(id, caller) {
      const job = await readJob(deps, id, caller);
      return job.artifacts.map((artifact) =>
        viewArtifact(job.id, artifact, job.finished_at ?? job.created_at),
      );
    },
    openArtifact: (key, caller, range) => openArtifact(deps, key, caller, range),
    readLog: book.read,
    followLog: book.follow,
    createUpload: (body, facts, caller) => createUpload(deps, body, facts, caller),
    getUpload: (id, caller) => getUpload(deps, id, caller),
    removeUpload: (id, caller) => removeUpload(deps, id, caller),
    stageArtifact: (attempt, name, body) => stageArtifact(deps, attempt, name, body),
    stageCheckpoint: (attempt, seq, name, body) => stageCheckpoint(deps, attempt, seq, name, body),
    commitCheckpoint: (attempt, seq, manifest) => commitCheckpoint(deps, attempt, seq, manifest),
    openResume: (attempt, name) => openResume(deps, attempt, name),
    appendLog: book.append,
    openInput: (attempt, name) => openInput(deps, attempt, name),
  };
}

async function retryJob(
  deps: Deps,
  id: JobId,
  caller: Caller,
  options: SubmitOptions = {},
): Promise<{ readonly job: Job; readonly replayed: boolean }> {
  const ended = await readJob(deps, id, caller);
  if (!isTerminal(ended.status.state)) {
    throw new HiveError('job_not_terminal', `job ${id} is ${ended.status.state}`, {
      hint: 'retry makes a new job of one that has ended; cancel it first',
    });
  }
  const submitted = await resubmit(deps, ended, caller, options);
  if ('error' in submitted) throw submitted.error;
  return submitted;
}

async function patchJob(
  deps: Deps,
  id: JobId,
  patch: Parameters<Orchestrator['patchJob']>[1],
  caller: Caller,
): Promise<Job> {
  await readJob(deps, id, caller);
  const [result] = await deps.store.jobs.patchJobs([{ id, patch }]);
  if (result === undefined || result === 'not_found')
    throw new HiveError('job_not_found', `there is no job ${id}`);
  if (result === 'already_ended')
    throw new HiveError('job_already_ended', `job ${id} has ended and no longer changes`);
  return viewJob(result);
}

function timeLimit(
  deps: Deps,
  ms: number,
  outer: AbortSignal | undefined,
): { signal: AbortSignal; clear: () => void } {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  const cancel = deps.time.after(ms, abort);
  outer?.addEventListener('abort', abort);
  const clear = (): void => {
    cancel();
    outer?.removeEventListener('abort', abort);
  };
  return { signal: controller.signal, clear };
}

async function readiness(deps: Deps): Promise<string[]> {
  const problems: string[] = [];
  await deps.store.jobs
    .readClock()
    .catch((error: unknown) => problems.push(`the store does not answer: ${String(error)}`));
  await deps.blobs
    .length('readiness')
    .catch((error: unknown) => problems.push(`the blob store does not answer: ${String(error)}`));
  return problems;
}
