import { type JobRecord, type NewJobSpec, newJob } from '../../core/job.ts';
import type { JobId } from '../../protocol/ids.ts';
import {
  decodeStatus,
  decodeTimeline,
  encodeStatus,
  encodeTimeline,
  type StatusCode,
  stateNumber,
  type TimelineCode,
} from './status-codec.ts';

/*
 * A job is two JSON texts: `spec`, what its submit said, written once; and `doc`, whatever has become different since,
 * written with each change. A job that nothing happened to has no doc.
 */

type Spec = Omit<NewJobSpec, 'id'>;

export function encodeSpec(job: JobRecord): string {
  const { id: _, ...spec } = specOf(job);
  return JSON.stringify(spec);
}

function specOf(job: JobRecord): NewJobSpec {
  return {
    id: job.id,
    tenant: job.tenant,
    principal: job.principal,
    module: job.module,
    name: job.name,
    input: job.input,
    files: job.files,
    retry: job.retry,
    timeout_ms: job.timeout_ms,
    run_at: job.run_at,
    deadline_at: job.deadline_at,
    group_id: job.group_id,
    retry_of: job.retry_of,
    created_at: job.created_at,
    priority: job.priority,
    labels: job.labels,
    requirements: job.requirements,
  };
}

/** What may change: with the list of a spec it must name every field of a job, which the compiler checks. */
const CHANGING = [
  'status',
  'priority',
  'labels',
  'requirements',
  'class_key',
  'eligible_at',
  'rank',
  'wake_at',
  'epoch',
  'retries_used',
  'lost_workers',
  'cancel_requested_at',
  'progress',
  'result',
  'error',
  'artifacts',
  'settled',
  'last_worker_id',
  'queued_at',
  'placed_at',
  'started_at',
  'finished_at',
  'timeline',
] as const satisfies readonly (keyof JobRecord)[];
type Forgotten = Exclude<keyof JobRecord, (typeof CHANGING)[number] | keyof NewJobSpec>;
const nothingForgotten: Forgotten extends never ? true : never = true;

/** Null when the job is still as it was submitted. */
export function encodeDoc(first: JobRecord, job: JobRecord): string | null {
  if (job === first || !nothingForgotten) return null;
  const doc: Record<string, unknown> = {};
  for (const key of CHANGING) if (job[key] !== first[key]) doc[key] = job[key];
  if (doc.status !== undefined) doc.status = encodeStatus(job.status);
  if (doc.timeline !== undefined) doc.timeline = encodeTimeline(job.timeline);
  return JSON.stringify(doc);
}

export function decodeFirst(id: JobId, spec: string): JobRecord {
  return newJob({ ...(JSON.parse(spec) as Spec), id });
}

type Doc = Partial<Omit<JobRecord, 'status' | 'timeline'>> & {
  readonly status?: StatusCode;
  readonly timeline?: TimelineCode;
};

export function decodeDoc(first: JobRecord, text: string | null): JobRecord {
  if (text === null) return first;
  const { status, timeline, ...doc } = JSON.parse(text) as Doc;
  return {
    ...first,
    ...doc,
    ...(status !== undefined && { status: decodeStatus(status) }),
    ...(timeline !== undefined && { timeline: decodeTimeline(timeline) }),
  };
}

/** What the file is asked for, in the order of COLUMNS; words are numbers there. */
export const COLUMNS = ['state', 'class', 'rank', 'wake_at', 'worker', 'finished_at'] as const;
export type Columns = readonly (number | null)[];

export const columnsOf = (job: JobRecord, wordOf: (text: string) => number): Columns => [
  stateNumber(job.status.state),
  wordOf(job.class_key),
  job.rank,
  job.wake_at,
  job.last_worker_id === null ? null : wordOf(job.last_worker_id),
  job.finished_at,
];
