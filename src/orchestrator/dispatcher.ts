import { heldAttempt, type JobRecord } from '../core/job.ts';
import { type Candidate, candidateOf, creditOf, type Placement, planPlacements } from '../core/placement.ts';
import { takesWork, type WorkerRecord } from '../core/worker.ts';
import type { Assignment } from '../protocol/attempt.ts';
import type { WorkerId } from '../protocol/ids.ts';
import type { PlaceItem, PlaceResult, ReadyQuery } from '../store/job-store.ts';
import { unusualTerms } from './attempt-terms.ts';
import type { Deps } from './deps.ts';
import type { Sessions } from './sessions.ts';

const CLASSES_PER_PASS = 32;
const HEADS_MIN = 8;
const HEADS_MAX = 512;

/** What the last pass saw, as a guess at what this one will: so that workers and queue are read in one go. */
interface Guess {
  readonly workers: string;
  readonly query: ReadyQuery;
}

/**
 * Makes the pass: observe the workers of this process and the heads of the queue, decide, commit, send. It answers how
 * many were placed.
 */
export function createDispatcher(deps: Deps, sessions: Sessions): () => Promise<number> {
  const { jobs } = deps.store;
  let guess: Guess | null = null;
  /** The last pass took all room there was: to read the queue ahead again would most likely be in vain. */
  let full = false;
  return async () => {
    const here = sessions.ids();
    if (here.size === 0) return 0;
    const guessed = full ? null : guess;
    full = false;
    const [all, early] = await Promise.all([
      jobs.listWorkers({ holds: false }),
      guessed === null ? [] : jobs.readReady(guessed.query),
    ]);
    const free = all.flatMap((worker): Free[] => {
      if (!here.has(worker.id) || !takesWork(worker)) return [];
      const candidate = candidateOf(worker);
      return creditOf(candidate) >= 1 ? [{ worker, candidate }] : [];
    });
    if (free.length === 0) return 0;
    guess = guessFrom(free);
    const right = guess.workers === guessed?.workers;
    const ready = right ? early : await jobs.readReady(guess.query);
    const plan = planPlacements(
      ready,
      free.map(({ worker }) => worker),
    );
    if (plan.length === 0) return 0;
    const items = withNonces(plan, deps.randomBytes(NONCE_BYTES * plan.length));
    const results = await jobs.commitPlacements(items, deps.lease.lease_ms);
    const placed = results.filter(({ kind }) => kind === 'placed').length;
    for (const [after, sent] of bySync(items, results)) {
      if (after === null) deliver(deps, sessions, sent);
      // What its job rests on did not reach the disk: there is no such claim any more.
      else after.then(() => deliver(deps, sessions, sent)).catch(() => {});
    }
    full = placed >= slotsOf(free);
    return placed;
  };
}

const NONCE_BYTES = 16;

function withNonces(plan: readonly Placement[], random: Uint8Array): PlaceItem[] {
  const hex = Buffer.from(random).toString('hex');
  return plan.map(({ job_id, expected_epoch, worker_id, expected_session, reserve }, index) => {
    const nonce = hex.slice(2 * NONCE_BYTES * index, 2 * NONCE_BYTES * (index + 1));
    return { job_id, expected_epoch, worker_id, expected_session, reserve, nonce };
  });
}

interface Free {
  readonly worker: WorkerRecord;
  readonly candidate: Candidate;
}

const slotsOf = (free: readonly Free[]): number =>
  free.reduce((sum, { candidate }) => sum + creditOf(candidate), 0);

function guessFrom(free: readonly Free[]): Guess {
  const shapes = free.map(({ candidate: { capabilities, labels, region, gpus } }) => {
    return { capabilities, labels, region, gpus };
  });
  return {
    workers: free.map(({ worker }) => `${worker.id} ${worker.session}`).join(),
    query: {
      shapes,
      classes: CLASSES_PER_PASS,
      per_class: Math.min(HEADS_MAX, Math.max(HEADS_MIN, slotsOf(free))),
    },
  };
}

interface Sent {
  readonly worker: WorkerId;
  readonly assignment: Assignment;
}

/** What was placed, by what must be on disk before a worker hears of it. */
function bySync(
  items: readonly PlaceItem[],
  results: readonly PlaceResult[],
): ReadonlyMap<Promise<void> | null, readonly Sent[]> {
  const groups = new Map<Promise<void> | null, Sent[]>();
  for (const [index, result] of results.entries()) {
    const worker = items[index]?.worker_id;
    if (result.kind !== 'placed' || worker === undefined) continue;
    const assignment = assignmentOf(result.job);
    if (assignment === null) continue;
    const after = result.after ?? null;
    const group = groups.get(after);
    if (group === undefined) groups.set(after, [{ worker, assignment }]);
    else group.push({ worker, assignment });
  }
  return groups;
}

function deliver(deps: Deps, sessions: Sessions, sent: readonly Sent[]): void {
  const due = deps.time.now() + deps.lease.accept_ms;
  const byWorker = new Map<WorkerId, Assignment[]>();
  for (const { worker, assignment } of sent) {
    sessions.awaitAccept(worker, assignment, due);
    const batch = byWorker.get(worker);
    if (batch === undefined) byWorker.set(worker, [assignment]);
    else batch.push(assignment);
  }
  // A socket that closed meanwhile leaves its assignments overdue: they are released, nothing is lost.
  for (const [worker, assignments] of byWorker) sessions.send(worker, { type: 'assign', assignments });
}

function assignmentOf(job: JobRecord): Assignment | null {
  const attempt = heldAttempt(job);
  if (attempt === null) return null;
  return {
    job_id: job.id,
    epoch: attempt.epoch,
    nonce: attempt.nonce,
    module: job.module,
    input: job.input,
    timeout_ms: job.timeout_ms,
    ...unusualTerms(job, attempt),
  };
}
