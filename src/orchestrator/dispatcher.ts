import { heldAttempt, type JobRecord } from '../core/job.ts';
import { candidateOf, planPlacements } from '../core/placement.ts';
import { takesWork, type WorkerRecord } from '../core/worker.ts';
import type { Assignment } from '../protocol/attempt.ts';
import type { WorkerId } from '../protocol/ids.ts';
import type { PlaceItem, PlaceResult } from '../store/job-store.ts';
import type { Deps } from './deps.ts';
import type { Sessions } from './sessions.ts';

const CLASSES_PER_PASS = 32;
const HEADS_MIN = 8;
const HEADS_MAX = 512;

/** One pass: observe the workers of this process and the heads of the queue, decide, commit, send. Answers how many were placed. */
export async function placeReadyJobs(deps: Deps, sessions: Sessions): Promise<number> {
  const workers = await readWorkersWithRoom(deps, sessions);
  if (workers.length === 0) return 0;
  const free = workers.reduce((sum, worker) => sum + candidateOf(worker).room.slots, 0);
  const ready = await deps.store.jobs.readReady({
    shapes: workers.map((worker) => shapeOf(worker)),
    classes: CLASSES_PER_PASS,
    per_class: Math.min(HEADS_MAX, Math.max(HEADS_MIN, free)),
  });
  const plan = planPlacements(ready, workers);
  if (plan.length === 0) return 0;
  const items: PlaceItem[] = plan.map((placement) => ({ ...placement, nonce: hex(deps.randomBytes(16)) }));
  const results = await deps.store.jobs.commitPlacements(items, deps.lease.lease_ms);
  return deliver(deps, sessions, items, results);
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const shapeOf = (worker: WorkerRecord) => {
  const { capabilities, labels, region, gpus } = candidateOf(worker);
  return { capabilities, labels, region, gpus };
};

async function readWorkersWithRoom(deps: Deps, sessions: Sessions): Promise<WorkerRecord[]> {
  const here = sessions.ids();
  if (here.size === 0) return [];
  const all = await deps.store.jobs.listWorkers();
  return all.filter(
    (worker) => here.has(worker.id) && takesWork(worker) && candidateOf(worker).room.slots >= 1,
  );
}

function deliver(
  deps: Deps,
  sessions: Sessions,
  items: readonly PlaceItem[],
  results: readonly PlaceResult[],
): number {
  const due = deps.time.now() + deps.lease.accept_ms;
  const byWorker = new Map<WorkerId, Assignment[]>();
  let placed = 0;
  for (const [index, result] of results.entries()) {
    const worker = items[index]?.worker_id;
    if (result.kind !== 'placed' || worker === undefined) continue;
    const assignment = assignmentOf(result.job);
    if (assignment === null) continue;
    placed++;
    sessions.awaitAccept(worker, assignment, due);
    byWorker.set(worker, [...(byWorker.get(worker) ?? []), assignment]);
  }
  // A socket that closed meanwhile leaves its assignments overdue: they are released, nothing is lost.
  for (const [worker, assignments] of byWorker) sessions.send(worker, { type: 'assign', assignments });
  return placed;
}

/** Ceilings of the sandbox; what a job reserves may be less. */
const LIMIT_CPU = 2;
const LIMIT_MEMORY = 4 * 2 ** 30;

function assignmentOf(job: JobRecord): Assignment | null {
  const attempt = heldAttempt(job);
  if (attempt === null) return null;
  return {
    job_id: job.id,
    epoch: attempt.epoch,
    nonce: attempt.nonce,
    module: job.module,
    input: job.input,
    files: [...job.files],
    timeout_ms: job.timeout_ms,
    limits: {
      cpu: Math.max(LIMIT_CPU, job.requirements.cpu),
      memory_bytes: Math.max(LIMIT_MEMORY, job.requirements.memory_bytes),
    },
  };
}
