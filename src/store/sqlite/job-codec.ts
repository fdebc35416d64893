import { type JobRecord, type NewJobSpec, newJob } from '../../core/job.ts';
import type { JobId } from '../../protocol/ids.ts';
import { quoted, quotedOrNull, sharedText } from './json-text.ts';
import {
  decodeStatus,
  decodeTimeline,
  encodeStatus,
  encodeTimeline,
  type StatusCode,
  type TimelineCode,
} from './status-codec.ts';

/*
 * A job is two JSON texts: `spec`, what its submit said, written once; and `doc`, whatever has become different since,
 * written with each change. A job that nothing happened to has no doc.
 */

type Spec = Omit<NewJobSpec, 'id'>;

/*
 * Both texts are put together by hand: JSON.stringify of a whole job takes three times as long, and this is the most
 * frequent thing the store does. The two tables say for each field how it is written; the compiler misses none.
 */
type Writers<T> = { readonly [K in keyof T]: (value: T[K]) => string };

const number = (value: number | null): string => `${value}`;
const json = (value: unknown): string => JSON.stringify(value);

const SPEC: Writers<Spec> = {
  tenant: quoted,
  principal: quoted,
  module: quoted,
  name: quotedOrNull,
  input: json,
  files: json,
  retry: sharedText,
  timeout_ms: number,
  run_at: number,
  deadline_at: number,
  group_id: quotedOrNull,
  retry_of: quotedOrNull,
  unique_key: quotedOrNull,
  concurrency: json,
  strict: json,
  created_at: number,
  priority: number,
  labels: sharedText,
  requirements: sharedText,
};

/** What may change after the submit. */
type Changing = Omit<JobRecord, Exclude<keyof NewJobSpec, 'priority' | 'labels' | 'requirements'>>;

const DOC: Writers<Changing> = {
  status: encodeStatus,
  priority: number,
  labels: json,
  requirements: json,
  class_key: quoted,
  eligible_at: number,
  rank: number,
  wake_at: number,
  epoch: number,
  retries_used: json,
  lost_workers: json,
  cancel_requested_at: number,
  progress: json,
  checkpoint: json,
  result: json,
  error: json,
  artifacts: json,
  settled: json,
  last_worker_id: quotedOrNull,
  queued_at: number,
  placed_at: number,
  started_at: number,
  finished_at: number,
  timeline: encodeTimeline,
};

interface Field {
  readonly key: keyof JobRecord;
  readonly head: string;
  readonly write: (value: never) => string;
}
const fieldsOf = (writers: object): readonly Field[] =>
  Object.entries(writers).map(([key, write]) => ({ key: key as keyof JobRecord, head: `,"${key}":`, write }));
const SPEC_FIELDS = fieldsOf(SPEC);
const DOC_FIELDS = fieldsOf(DOC);

export function encodeSpec(job: JobRecord): string {
  let text = '';
  for (const { key, head, write } of SPEC_FIELDS) text += head + write(job[key] as never);
  return `{${text.slice(1)}}`;
}

/** Null when the job is still as it was submitted. */
export function encodeDoc(first: JobRecord, job: JobRecord): string | null {
  if (job === first) return null;
  let text = '';
  for (const { key, head, write } of DOC_FIELDS) {
    const value = job[key];
    if (value !== first[key]) text += head + write(value as never);
  }
  return `{${text.slice(1)}}`;
}

type Doc = Partial<Omit<JobRecord, 'status' | 'timeline'>> & {
  readonly status?: StatusCode;
  readonly timeline?: TimelineCode;
};

/** Of a spec that an older version wrote. */
const ADDED = { unique_key: null, concurrency: null, strict: false };

export function decodeFirst(id: JobId, spec: string): JobRecord {
  return newJob({ ...ADDED, ...(JSON.parse(spec) as Spec), id });
}

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
