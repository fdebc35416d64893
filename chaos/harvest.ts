import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Job } from '../src/protocol/job.ts';
import { isTerminal } from '../src/protocol/job-state.ts';
import { Caller } from './caller.ts';
import { readEvents } from './event-reader.ts';
import { type FinalJob, LAST_KEY, type Recorder } from './history.ts';
import { outcomeOf } from './outcome.ts';

const LOOK_MS = 250;

/** Waits until no job is open any more, or the time is up. */
export async function drain(url: string, limit_ms: number, recorder: Recorder): Promise<void> {
  const caller = new Caller(url);
  const began = performance.now();
  for (;;) {
    const open = await countOpen(caller);
    const after_ms = Math.round(performance.now() - began);
    if (open === 0 || after_ms > limit_ms) {
      recorder.add({ kind: 'drained', after_ms, open: open ?? -1 });
      return caller.close();
    }
    await pause(LOOK_MS);
  }
}

async function countOpen(caller: Caller): Promise<number | null> {
  const answer = await caller.get('/v1/stats');
  if (answer?.status !== 200) return null;
  const { jobs } = answer.body as { jobs: Record<string, number> };
  return (jobs.blocked ?? 0) + (jobs.queued ?? 0) + (jobs.starting ?? 0) + (jobs.running ?? 0);
}

/** Writes down all that the orchestrator says when it is over, and what the commands said of themselves. */
export async function harvest(url: string, witness: string, recorder: Recorder): Promise<void> {
  const caller = new Caller(url);
  await readAllEvents(caller, recorder);
  await readAllJobs(caller, recorder);
  readWitness(witness, recorder);
  caller.close();
}

/** The end of a last job of ours is the last event: until there all must have come. */
async function readAllEvents(caller: Caller, recorder: Recorder): Promise<void> {
  const body = JSON.stringify({ module: 'test', input: {}, labels: { key: LAST_KEY, item: '0' } });
  const answer = await caller.post('/v1/jobs', body);
  if (answer?.status !== 201)
    throw new Error(`the last job was answered with ${answer?.status ?? 'nothing'}`);
  const { id } = answer.body as { id: string };
  const all = new AbortController();
  const late = setTimeout(() => all.abort(), 60_000);
  await readEvents(caller.url, 'audit', recorder, all.signal, (event) => {
    if (event.job_id === id && isTerminal(event.state as Job['state'])) all.abort();
  });
  clearTimeout(late);
}

async function readAllJobs(caller: Caller, recorder: Recorder): Promise<void> {
  for (let cursor: string | null = ''; cursor !== null; ) {
    const answer = await caller.get(`/v1/jobs?limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`);
    if (answer?.status !== 200)
      throw new Error(`a page of jobs was answered with ${answer?.status ?? 'nothing'}`);
    const page = answer.body as { data: Job[]; next_cursor: string | null };
    for (const job of page.data) {
      recorder.add(finalOf(job));
      for (const { name, sha256, url } of job.artifacts) {
        const bytes = await caller.bytes(url).catch((error: Error) => Buffer.from(error.message));
        const read = createHash('sha256').update(bytes).digest('hex');
        recorder.add({ kind: 'artifact', job: job.id, name, sha256, read });
      }
    }
    cursor = page.next_cursor;
  }
}

function finalOf(job: Job): FinalJob {
  const printed =
    job.module === 'exec' ? (job.output as { stdout?: string } | null)?.stdout?.trim() : undefined;
  const began_at = job.metrics.began_unix_ms;
  return {
    kind: 'job',
    id: job.id,
    module: job.module,
    state: job.state,
    attempt: job.attempt,
    key: job.labels.key ?? '',
    item: Number(job.labels.item),
    outcome: isTerminal(job.state) ? outcomeOf(job) : '',
    ...(printed !== undefined && { printed }),
    ...(began_at !== undefined && { began_at }),
    files: job.artifacts.map(({ name }) => name),
  };
}

/** `<job id>#<epoch> began|ended <token> <unix ms>` on each line; a killed command may have left half of one. */
function readWitness(file: string, recorder: Recorder): void {
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const [, job, epoch, mark, token, at] = /^(job_\w+)#(\d+) (began|ended) (\S+) (\d+)$/.exec(line) ?? [];
    if (job === undefined || token === undefined || (mark !== 'began' && mark !== 'ended')) continue;
    recorder.add({ kind: 'run', job, epoch: Number(epoch), mark, token, at: Number(at) });
  }
}
