import { type JobRecord, type NewJobSpec, newJob } from '../../core/job.ts';
import type { JobId } from '../../protocol/ids.ts';
import { quoted, quotedOrNull, sharedText, timeText } from './json-text.ts';
import {
  decodeStatus,
  decodeTimeline,
  encodeStatus,
  encodeTimeline,
  type StatusCode,
  type TimelineCode,
} from './status-codec.ts';
import type { WordTable } from './word-table.ts';

/*
 * A job is two JSON texts: `spec`, what its submit said, written once; and `doc`, whatever has become different since,
 * written with each change. A job that nothing happened to has no doc. What many submits share, their terms, is a word
 * that the spec names by number.
 *
 * The texts are put together by hand: JSON.stringify of a whole job takes three times as long, and this is the most
 * frequent thing the store does.
 */

type Terms = Pick<NewJobSpec, (typeof TERMS)[number]>;
const TERMS = [
  'tenant',
  'principal',
  'module',
  'retry',
  'timeout_ms',
  'on_parent_failure',
  'concurrency',
  'strict',
  'on_partition',
  'priority',
  'requirements',
] as const;

/** The submit beside its terms, where it says anything. */
type Spec = { readonly t: number } & Pick<NewJobSpec, 'input' | 'created_at'> &
  Partial<Omit<NewJobSpec, 'id' | keyof Terms>>;

const UNSAID = {
  name: null,
  files: [],
  labels: {},
  run_at: null,
  deadline_at: null,
  group_id: null,
  retry_of: null,
  unique_key: null,
  depends_on: [],
} as const;

/** JSON of what is mostly nothing. */
function json(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (Array.isArray(value) && value.length === 0) return '[]';
  return JSON.stringify(value);
}

export function encodeSpec(job: JobRecord, words: WordTable): string {
  let rest = '';
  if (job.name !== null) rest += `,"name":${quoted(job.name)}`;
  if (job.files.length > 0) rest += `,"files":${json(job.files)}`;
  const labels = sharedText(job.labels);
  if (labels !== '{}') rest += `,"labels":${labels}`;
  if (job.run_at !== null) rest += `,"run_at":${job.run_at}`;
  if (job.deadline_at !== null) rest += `,"deadline_at":${job.deadline_at}`;
  if (job.group_id !== null) rest += `,"group_id":"${job.group_id}"`;
  if (job.retry_of !== null) rest += `,"retry_of":"${job.retry_of}"`;
  if (job.unique_key !== null) rest += `,"unique_key":${quoted(job.unique_key)}`;
  if (job.depends_on.length > 0) rest += `,"depends_on":${json(job.depends_on)}`;
  const { input, created_at } = job;
  return `{"t":${termsWord(job, words)},"input":${JSON.stringify(input)},"created_at":${timeText(created_at)}${rest}}`;
}

/** Jobs that were submitted alike share one object of requirements, so the last terms that had it are likely theirs. */
const lastTerms = new WeakMap<object, { readonly job: JobRecord; readonly words: WordTable; id: number }>();

/** Of jobs that have one object of requirements; written out, for a loop over names costs more than all the rest. */
const areAlike = (a: JobRecord, b: JobRecord): boolean =>
  a.tenant === b.tenant &&
  a.principal === b.principal &&
  a.module === b.module &&
  a.retry === b.retry &&
  a.timeout_ms === b.timeout_ms &&
  a.on_parent_failure === b.on_parent_failure &&
  a.concurrency === b.concurrency &&
  a.strict === b.strict &&
  a.on_partition === b.on_partition &&
  a.priority === b.priority;

function termsWord(job: JobRecord, words: WordTable): number {
  const last = lastTerms.get(job.requirements);
  if (last !== undefined && last.words === words && areAlike(last.job, job)) return last.id;
  const terms = Object.fromEntries(TERMS.map((name) => [name, job[name]]));
  const id = words.idOf(JSON.stringify(terms));
  lastTerms.set(job.requirements, { job, words, id });
  return id;
}

/** Null when the job is still as it was submitted. */
export function encodeDoc(first: JobRecord, job: JobRecord): string | null {
  if (job === first) return null;
  let text = '';
  if (job.status !== first.status) text += `,"status":${encodeStatus(job.status)}`;
  if (job.epoch !== first.epoch) text += `,"epoch":${job.epoch}`;
  if (job.last_worker_id !== first.last_worker_id)
    text += `,"last_worker_id":${quotedOrNull(job.last_worker_id)}`;
  if (job.placed_at !== first.placed_at) text += `,"placed_at":${timeOrNull(job.placed_at)}`;
  if (job.started_at !== first.started_at) text += `,"started_at":${timeOrNull(job.started_at)}`;
  if (job.finished_at !== first.finished_at) text += `,"finished_at":${timeOrNull(job.finished_at)}`;
  if (job.timeline !== first.timeline) text += `,"timeline":${encodeTimeline(job.timeline)}`;
  if (job.progress !== first.progress) text += `,"progress":${progressText(job.progress)}`;
  if (job.result !== first.result) text += `,"result":${json(job.result)}`;
  if (job.settled !== first.settled) text += `,"settled":${settledText(job.settled)}`;
  return `{${(text + rarerText(first, job)).slice(1)}}`;
}

/** What most jobs never change. */
function rarerText(first: JobRecord, job: JobRecord): string {
  let text = '';
  if (job.artifacts !== first.artifacts) text += `,"artifacts":${json(job.artifacts)}`;
  if (job.error !== first.error) text += `,"error":${json(job.error)}`;
  if (job.checkpoint !== first.checkpoint) text += `,"checkpoint":${json(job.checkpoint)}`;
  if (job.queued_at !== first.queued_at) text += `,"queued_at":${job.queued_at}`;
  if (job.wake_at !== first.wake_at) text += `,"wake_at":${job.wake_at}`;
  if (job.eligible_at !== first.eligible_at) text += `,"eligible_at":${job.eligible_at}`;
  if (job.rank !== first.rank) text += `,"rank":${job.rank}`;
  if (job.priority !== first.priority) text += `,"priority":${job.priority}`;
  if (job.labels !== first.labels) text += `,"labels":${json(job.labels)}`;
  if (job.class_key !== first.class_key) text += `,"class_key":${json(job.class_key)}`;
  if (job.requirements !== first.requirements) text += `,"requirements":${json(job.requirements)}`;
  if (job.retries_used !== first.retries_used) text += `,"retries_used":${json(job.retries_used)}`;
  if (job.lost_workers !== first.lost_workers) text += `,"lost_workers":${json(job.lost_workers)}`;
  if (job.waits_for !== first.waits_for) text += `,"waits_for":${json(job.waits_for)}`;
  if (job.failed_on !== first.failed_on) text += `,"failed_on":${json(job.failed_on)}`;
  if (job.adrift !== first.adrift) text += `,"adrift":${json(job.adrift)}`;
  if (job.cancel_requested_at !== first.cancel_requested_at)
    text += `,"cancel_requested_at":${job.cancel_requested_at}`;
  return text;
}

const timeOrNull = (at: number | null): string => (at === null ? 'null' : timeText(at));

const progressText = (progress: JobRecord['progress']): string =>
  progress === null ? 'null' : sharedText(progress);

function settledText(settled: JobRecord['settled']): string {
  if (settled === null) return 'null';
  const { epoch, nonce, hash } = settled;
  return `{"epoch":${epoch},"nonce":"${nonce}","hash":${quotedOrNull(hash)}}`;
}

type Doc = Partial<Omit<JobRecord, 'status' | 'timeline'>> & {
  readonly status?: StatusCode;
  readonly timeline?: TimelineCode;
};

/** Of a spec that an older version wrote, with its terms. */
const ADDED = {
  unique_key: null,
  concurrency: null,
  strict: false,
  depends_on: [],
  on_parent_failure: 'cancel',
} as const;
type OldSpec = Omit<NewJobSpec, 'id'>;

export function decodeFirst(id: JobId, text: string, words: WordTable): JobRecord {
  const spec = JSON.parse(text) as Spec | OldSpec;
  if (!('t' in spec)) return newJob({ ...ADDED, ...spec, id });
  const { t, ...said } = spec;
  return newJob({ ...UNSAID, ...(words.valueOf(t) as Terms), ...said, id });
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
