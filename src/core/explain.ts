import type { Explanation } from '../protocol/explain.ts';
import type { Reason } from '../protocol/job.ts';
import type { JobRecord } from './job.ts';
import { admits, candidateOf } from './placement.ts';
import { type Question, questionsOf } from './questions.ts';
import { parseClass } from './requirement-class.ts';
import { fits, type Room, totalRoom } from './resources.ts';
import { takesWork, type WorkerRecord } from './worker.ts';

type Check = Explanation['checks'][number];

/** What only a store knows of a waiting job. */
export interface Around {
  /** its place in its class; 1 = next */
  readonly position: number | null;
  readonly limited?: Reason | null;
  /** the first few jobs that it waits for */
  readonly parents?: readonly JobRecord[];
}

/** Why a job waits, asked of the functions that place it. */
export function explain(
  job: JobRecord,
  workers: readonly WorkerRecord[],
  { position, limited = null, parents = [] }: Around,
): Explanation {
  const base = { job_id: job.id, state: job.status.state, reason: job.status.reason };
  const known = workers.filter((worker) => worker.state !== 'lost' && worker.state !== 'offline');
  if (job.status.state !== 'queued' || job.wake_at !== null) {
    const [parent] = job.waits_for;
    const summary = `${job.status.state}: ${job.status.reason.message}${parentWords(job, parents)}`;
    return {
      ...base,
      summary,
      position: null,
      workers: known.length,
      feasible_now: 0,
      feasible_ever: 0,
      checks: [],
      nearest: null,
      fix: parent === undefined ? null : `hive explain ${parent}`,
    };
  }
  const questions = questionsOf(job);
  const able = known.filter((worker) => canEver(job, worker));
  const now = able.filter(
    (worker) => takesWork(worker) && fits(candidateOf(worker).room, job.requirements) !== null,
  );
  const checks = questions.map((question) => ask(question, known)).filter((check) => check.failing > 0);
  const nearest = able.length > 0 ? null : nearestOf(known, questions);
  return {
    ...base,
    summary:
      able.length > 0 && limited !== null
        ? `A limit keeps it waiting: ${limited.message}.`
        : summarise(known.length, able, now.length, position, checks),
    position,
    workers: known.length,
    feasible_now: now.length,
    feasible_ever: able.length,
    checks,
    nearest,
    fix: able.length > 0 ? resumeFix(able) : fixFor(known.length, nearest, questions),
  };
}

/** Jobs named that another waits for. */
export const PARENTS_NAMED = 3;

function parentWords({ waits_for }: JobRecord, parents: readonly JobRecord[]): string {
  if (waits_for.length === 0) return '';
  const named = waits_for.slice(0, PARENTS_NAMED).map((id) => {
    const parent = parents.find((candidate) => candidate.id === id);
    return parent === undefined ? id : `${id} is ${parent.status.state}`;
  });
  const left = waits_for.length - named.length;
  return ` (${named.join(', ')}${left > 0 ? ` and ${left} more` : ''})`;
}

/** Whether the worker could take the job when idle. */
function canEver(job: JobRecord, worker: WorkerRecord): boolean {
  const { offer } = worker;
  return (
    admits(candidateOf(worker), parseClass(job.class_key)) &&
    fits(totalRoom(offer.hardware, offer.slots), job.requirements) !== null
  );
}

const inAll = (worker: WorkerRecord): Room => totalRoom(worker.offer.hardware, worker.offer.slots);

const workersOf = (count: number): string => `${count} ${count === 1 ? 'worker' : 'workers'}`;

function ask(question: Question, workers: readonly WorkerRecord[]): Check {
  const failing = workers.filter((worker) => !question.passes(candidateOf(worker), inAll(worker))).length;
  const { requirement, needed, one, many } = question;
  const message = `${failing} of ${workersOf(workers.length)} ${failing === 1 ? one : many}`;
  return { requirement, needed, failing, message };
}

function nearestOf(workers: readonly WorkerRecord[], questions: readonly Question[]): Explanation['nearest'] {
  const scored = workers.map((worker) => ({
    worker_id: worker.id,
    name: worker.offer.name,
    missing: questions
      .filter((question) => !question.passes(candidateOf(worker), inAll(worker)))
      .map((question) => question.one),
  }));
  return scored.sort((a, b) => a.missing.length - b.missing.length)[0] ?? null;
}

function fixFor(known: number, nearest: Explanation['nearest'], questions: readonly Question[]): string {
  if (known === 0) return 'hive worker --url <this server>';
  return (
    questions.find((question) => question.one === nearest?.missing[0])?.fix ??
    'hive worker --url <this server>'
  );
}

function summarise(
  known: number,
  able: readonly WorkerRecord[],
  now: number,
  position: number | null,
  checks: readonly Check[],
): string {
  if (known === 0) return 'No worker is connected.';
  if (able.length === 0) return `No worker can run it: ${checks.map((check) => check.message).join('; ')}.`;
  if (now === 0) {
    const place = `it is number ${position ?? '?'} of its class`;
    const closed = able.filter((worker) => worker.draining);
    const open = able.length - closed.length;
    const busy = open === 0 ? '' : ` and ${open === 1 ? 'is' : 'are'} busy`;
    const counted = open === 0 ? able.length : open;
    const shut = closed.map((worker) => `${worker.offer.name} ${closedWords(worker)}`);
    return [`${counted} of ${workersOf(known)} can run it${busy}`, ...shut, place].join('; ').concat('.');
  }
  return `${now} of ${workersOf(known)} can take it now; it starts at the next pass.`;
}

const closedWords = ({ cordon }: WorkerRecord): string =>
  cordon === undefined ? 'drains and takes no new work' : `is cordoned: ${cordon.message}`;

/** When all that could run it are closed, opening one again would let it start. */
function resumeFix(able: readonly WorkerRecord[]): string | null {
  const [first] = able.filter((worker) => worker.cordon !== undefined);
  const shut = able.every((worker) => worker.draining);
  return shut ? `hive resume ${(first ?? able[0])?.offer.name}` : null;
}
