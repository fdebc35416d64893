import type { HiveEvent } from '../../protocol/event.ts';
import type { JobId, WorkerId } from '../../protocol/ids.ts';
import type { Reason } from '../../protocol/job.ts';
import { quoted, quotedOrNull } from './json-text.ts';

/** What events have in common that differ in nothing but their jobs. */
export interface EventRun {
  /** RFC 3339 */
  readonly at: string;
  readonly worker: WorkerId | null;
  readonly state: HiveEvent['state'];
  readonly reason: Reason;
  readonly attempt: number | null;
}

/** One event for each job; an event of a worker alone has null for its job. */
type RunCode = readonly [
  after_ms: number,
  worker: WorkerId | null,
  state: HiveEvent['state'],
  code: string,
  message: string,
  attempt: number | null,
  jobs: readonly (JobId | null)[],
];

/** One event, as the versions before the fifth wrote it. */
type Compact = readonly [
  job: JobId | null,
  worker: WorkerId | null,
  state: HiveEvent['state'],
  code: string,
  message: string,
  attempt: number | null,
];

/** The events of one commit as one row: a list of RunCode in JSON, and the instant in Unix ms that it counts from. */
export function encodeRuns(runs: readonly (EventRun & { readonly jobs: readonly (JobId | null)[] })[]): {
  readonly at: number;
  readonly doc: string;
} {
  const start = Date.parse(runs[0]?.at ?? '');
  let text = '';
  for (const { at, worker, state, reason, attempt, jobs } of runs) {
    const head = `${Date.parse(at) - start},${quotedOrNull(worker)},"${state}"`;
    text += `,[${head},${quoted(reason.code)},${quoted(reason.message)},${attempt},${listText(jobs)}]`;
  }
  return { at: start, doc: `[${text.slice(1)}]` };
}

/** Ids need no quoting. */
const listText = (jobs: readonly (JobId | null)[]): string =>
  jobs.includes(null) ? JSON.stringify(jobs) : `["${jobs.join('","')}"]`;

export function decodeEvents(firstSeq: number, at: number, doc: string): HiveEvent[] {
  const events: HiveEvent[] = [];
  for (const entry of JSON.parse(doc) as (RunCode | Compact)[]) {
    const [after, worker, state, code, message, attempt, jobs] = asRun(entry);
    for (const job_id of jobs) {
      events.push({
        seq: firstSeq + events.length,
        at: new Date(at + after).toISOString(),
        type: `${job_id === null ? 'worker' : 'job'}.${state}`,
        ...(job_id !== null && { job_id }),
        ...(worker !== null && { worker_id: worker }),
        state,
        reason: { code, message },
        ...(attempt !== null && { attempt }),
      });
    }
  }
  return events;
}

function asRun(entry: RunCode | Compact): RunCode {
  if (entry.length === 7) return entry;
  const [job, worker, state, code, message, attempt] = entry;
  return [0, worker, state, code, message, attempt, [job]];
}
