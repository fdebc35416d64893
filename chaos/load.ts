import { setTimeout as pause } from 'node:timers/promises';
import { SeededRandom } from '../src/simulation/seeded-random.ts';
import type { Answer, Caller } from './caller.ts';
import type { Operation, Recorder } from './history.ts';
import { drawJob, hashOf, heavyBatch } from './job-mix.ts';

export interface LoadPlan {
  readonly seed: number;
  readonly jobs: number;
  readonly for_ms: number;
  readonly witness: string;
}

/** What the clients share. */
export interface Field {
  readonly caller: Caller;
  readonly recorder: Recorder;
  /** Jobs that were acknowledged, in the order of the answers. */
  readonly known: string[];
  /** Told of each acknowledged batch. */
  onBatch(ids: readonly string[]): void;
  /** What somebody still insists on; all of it must end before the run does. */
  readonly pending: Promise<unknown>[];
  /** How often a submit was refused because the store could not be written. */
  refusals: number;
}

const CLIENTS = 8;
const BATCH = { least: 10, most: 40 };
const AGAIN_MS = 250;

/** Clients that submit batches at an even rate, and catch up after a time in which nothing was answered. */
export async function runLoad(field: Field, plan: LoadPlan): Promise<void> {
  const random = new SeededRandom(plan.seed);
  const began = performance.now();
  let jobs = 0;
  let number = 0;
  const client = async (name: string, own: SeededRandom): Promise<void> => {
    while (jobs < plan.jobs) {
      const size = Math.min(own.whole(BATCH.least, BATCH.most), plan.jobs - jobs);
      const due = (plan.for_ms * jobs) / plan.jobs;
      jobs += size;
      const key = `chaos-${plan.seed}-${number++}`;
      await pause(Math.max(0, began + due - performance.now()));
      await submitBatch(field, name, key, own, size, plan.witness);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, at) => client(`client-${at + 1}`, random.fork())));
}

/** A batch that is too large for a full disk; resolves once it is acknowledged, when there is room again. */
export async function submitHeavy(field: Field, key: string): Promise<void> {
  const ids = await insist(field, 'submit', 'client-heavy', key, heavyBatch(key));
  field.known.push(...ids);
}

async function submitBatch(
  field: Field,
  client: string,
  key: string,
  random: SeededRandom,
  size: number,
  witness: string,
): Promise<void> {
  const jobs = Array.from({ length: size }, (_, item) => drawJob(random, key, item, witness));
  const ids = await insist(field, 'submit', client, key, jobs);
  field.known.push(...ids);
  field.onBatch(ids);
  // As a client that lost its note of the answer; and as one that uses a key twice by mistake.
  if (random.chance(0.05)) await insist(field, 'resubmit', client, key, jobs);
  if (random.chance(0.02)) await misuse(field, client, key, jobs);
}

/** Sends the same batch under the same key until it is acknowledged whole. */
async function insist(
  field: Field,
  op: Operation,
  client: string,
  key: string,
  jobs: readonly unknown[],
): Promise<string[]> {
  const body = hashOf(jobs);
  for (;;) {
    field.recorder.add({ kind: 'asked', op, client, of: key, body, jobs: jobs.length });
    const ids = readAnswer(field, op, client, key, body, await send(field, key, jobs));
    if (ids !== null) return ids;
    await pause(AGAIN_MS);
  }
}

async function misuse(field: Field, client: string, key: string, jobs: readonly unknown[]): Promise<void> {
  const other = jobs.map(() => ({
    module: 'test',
    input: { echo: 'another body' },
    labels: { key, item: '-1' },
  }));
  field.recorder.add({
    kind: 'asked',
    op: 'conflict',
    client,
    of: key,
    body: hashOf(other),
    jobs: jobs.length,
  });
  readAnswer(field, 'conflict', client, key, hashOf(other), await send(field, key, other));
}

const send = (field: Field, key: string, jobs: readonly unknown[]): Promise<Answer | null> =>
  field.caller.post('/v1/jobs/batch', JSON.stringify({ jobs }), {
    'idempotency-key': key,
    prefer: 'return=minimal',
  });

interface BatchBody {
  readonly code?: string;
  readonly results?: readonly { readonly job?: { readonly id: string }; readonly error?: ProblemBody }[];
}
interface ProblemBody {
  readonly status: number;
  readonly code: string;
}

/** The ids when all were acknowledged. */
function readAnswer(
  field: Field,
  op: Operation,
  client: string,
  key: string,
  body: string,
  answer: Answer | null,
): string[] | null {
  const { recorder } = field;
  if (answer === null) {
    recorder.add({ kind: 'unanswered', op, client, of: key });
    return null;
  }
  const { results = [], code = 'none' } = answer.body as BatchBody;
  const errors =
    answer.status === 200 ? results.flatMap(({ error }) => error ?? []) : [{ status: answer.status, code }];
  for (const error of new Map(errors.map((each) => [each.code, each])).values()) {
    recorder.add({ kind: 'refused', op, client, of: key, status: error.status, code: error.code });
    if (error.code === 'store_unavailable') field.refusals += 1;
  }
  const ids = results.flatMap(({ job }) => job?.id ?? []);
  if (ids.length > 0) recorder.add({ kind: 'acknowledged', op, client, key, body, ids });
  return errors.length === 0 ? ids : null;
}
