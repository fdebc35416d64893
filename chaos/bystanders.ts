import { setTimeout as pause } from 'node:timers/promises';
import { type Job, JobState } from '../src/protocol/job.ts';
import { isTerminal } from '../src/protocol/job-state.ts';
import type { SeededRandom } from '../src/simulation/seeded-random.ts';
import type { Field } from './load.ts';
import { outcomeOf } from './outcome.ts';

const READ_MS = 60;
const AGAIN_MS = 250;
/** Of all jobs; those that run for a while are the ones worth it, and chance finds them too. */
const CANCELED = 0.02;

/** Reads jobs that were acknowledged, over and over: what was true once must stay so. */
export async function readJobs(field: Field, random: SeededRandom, stop: AbortSignal): Promise<void> {
  const { caller, recorder, known } = field;
  const client = 'reader';
  while (!stop.aborted) {
    await pause(READ_MS);
    // Young jobs change, old ones must not.
    const id = random.chance(0.7) ? random.pick(known.slice(-200)) : random.pick(known);
    if (id === undefined) continue;
    const answer = await caller.get(`/v1/jobs/${id}`);
    if (answer === null) recorder.add({ kind: 'unanswered', op: 'read', client, of: id });
    else if (answer.status === 200) {
      const job = answer.body as Job;
      const outcome = isTerminal(job.state) ? outcomeOf(job) : '';
      recorder.add({ kind: 'seen', client, job: id, state: job.state, attempt: job.attempt, outcome });
    } else refuse(field, 'read', client, id, answer.status, answer.body);
  }
}

/** Cancels some of a batch after a while, and insists until there is an answer. */
export async function cancelSome(field: Field, random: SeededRandom, ids: readonly string[]): Promise<void> {
  const chosen = ids.filter(() => random.chance(CANCELED));
  await Promise.all(
    chosen.map(async (id, at) => {
      await pause(random.between(0, 1500));
      await cancel(field, `canceler-${at}`, id);
    }),
  );
}

async function cancel(field: Field, client: string, job: string): Promise<void> {
  for (;;) {
    field.recorder.add({ kind: 'asked', op: 'cancel', client, of: job });
    const answer = await field.caller.post(`/v1/jobs/${job}/cancel`, '{}');
    if (answer?.status === 200) {
      const reply = answer.body as { result: 'canceled' | 'canceling' | 'already'; job: Job };
      const state = JobState.parse(reply.job.state);
      field.recorder.add({ kind: 'cancel', client, job, result: reply.result, state });
      return;
    }
    if (answer === null) field.recorder.add({ kind: 'unanswered', op: 'cancel', client, of: job });
    else refuse(field, 'cancel', client, job, answer.status, answer.body);
    await pause(AGAIN_MS);
  }
}

function refuse(
  field: Field,
  op: 'read' | 'cancel',
  client: string,
  of: string,
  status: number,
  body: unknown,
): void {
  const { code = 'none' } = body as { code?: string };
  field.recorder.add({ kind: 'refused', op, client, of, status, code });
}
