import { heldAttempt, type JobRecord } from '../../core/job.ts';
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
 * A job is three JSON texts: `facts`, which no verb looks at and the writer never parses; `base`, which a verb reads and
 * few change; `doc`, which every change writes again. Arrays by position, because keys would be half of their length.
 */
export interface JobTexts {
  readonly facts: string;
  readonly base: string;
  readonly doc: string;
}

type Facts = Pick<
  JobRecord,
  'principal' | 'name' | 'input' | 'files' | 'timeout_ms' | 'run_at' | 'group_id' | 'retry_of'
>;

export function encodeFacts(job: JobRecord): string {
  const { principal, name, input, files, timeout_ms, run_at, group_id, retry_of } = job;
  const facts: Facts = { principal, name, input, files, timeout_ms, run_at, group_id, retry_of };
  return JSON.stringify(facts);
}

type Base = readonly [
  JobId,
  string,
  string,
  JobRecord['retry'],
  number,
  number | null,
  JobRecord['labels'],
  JobRecord['requirements'],
  string,
];

export function encodeBase(job: JobRecord): string {
  const base: Base = [
    job.id,
    job.tenant,
    job.module,
    job.retry,
    job.created_at,
    job.deadline_at,
    job.labels,
    job.requirements,
    job.class_key,
  ];
  return JSON.stringify(base);
}

export const sameBase = (a: JobRecord, b: JobRecord): boolean =>
  a.labels === b.labels && a.requirements === b.requirements && a.class_key === b.class_key;

export function encodeDoc(job: JobRecord): string {
  const { user, infra, oom, timeout } = job.retries_used;
  return JSON.stringify([
    encodeStatus(job.status),
    job.priority,
    job.eligible_at,
    job.rank,
    job.wake_at,
    job.epoch,
    [user, infra, oom, timeout],
    job.lost_workers,
    job.cancel_requested_at,
    job.progress,
    job.result,
    job.error,
    job.artifacts,
    job.settled,
    job.last_worker_id,
    job.queued_at,
    job.placed_at,
    job.started_at,
    job.finished_at,
    encodeTimeline(job.timeline),
    job.checkpoint,
    job.failed_on,
    job.on_partition,
    job.adrift,
  ]);
}

/** The job as verbs see it: without its facts. The cast says that no verb and no core transition reads those. */
export function decodeHot(base: string, doc: string): JobRecord {
  return assemble({} as Facts, JSON.parse(base), JSON.parse(doc));
}

/** `text` is a JSON array of the three texts. */
export function decodeJob(text: string): JobRecord {
  const [facts, base, doc] = JSON.parse(text) as [Facts, Base, never];
  return assemble(facts, base, doc);
}

export const joinTexts = ({ facts, base, doc }: JobTexts): string => `[${facts},${base},${doc}]`;

/** One literal: V8 adds properties after a spread one by one, many times slower. */
function assemble(facts: Facts, base: Base, doc: readonly never[]): JobRecord {
  const [user, infra, oom, timeout] = doc[6] as unknown as [number, number, number, number];
  return {
    id: base[0],
    tenant: base[1],
    principal: facts.principal,
    module: base[2],
    name: facts.name,
    input: facts.input,
    files: facts.files,
    retry: base[3],
    timeout_ms: facts.timeout_ms,
    run_at: facts.run_at,
    deadline_at: base[5],
    group_id: facts.group_id,
    retry_of: facts.retry_of,
    created_at: base[4],
    status: decodeStatus(doc[0] as unknown as StatusCode),
    priority: doc[1] as never,
    labels: base[6],
    requirements: base[7],
    class_key: base[8],
    eligible_at: doc[2] as never,
    rank: doc[3] as never,
    wake_at: doc[4] as never,
    epoch: doc[5] as never,
    retries_used: { user, infra, oom, timeout },
    lost_workers: doc[7] as never,
    cancel_requested_at: doc[8] as never,
    progress: doc[9] as never,
    result: doc[10] as never,
    error: doc[11] as never,
    artifacts: doc[12] as never,
    settled: doc[13] as never,
    last_worker_id: doc[14] as never,
    queued_at: doc[15] as never,
    placed_at: doc[16] as never,
    started_at: doc[17] as never,
    finished_at: doc[18] as never,
    timeline: decodeTimeline(doc[19] as unknown as TimelineCode),
    ...laterFields(doc),
  };
}

type LaterField = 'checkpoint' | 'failed_on' | 'on_partition' | 'adrift';
/** Files that an earlier version wrote do not have them. */
const laterFields = (doc: readonly never[]): Pick<JobRecord, LaterField> => ({
  checkpoint: doc[20] ?? null,
  failed_on: doc[21] ?? [],
  on_partition: doc[22] ?? 'kill',
  adrift: doc[23] ?? null,
});

/** What changes and is looked up, in the order of COLUMNS. */
export const COLUMNS = [
  'state',
  'ready',
  'rank',
  'wake_at',
  'deadline_at',
  'lease_until',
  'suspect',
  'worker',
  'finished_at',
] as const;
export type Columns = readonly (string | number | null)[];

export const isReady = (job: JobRecord): boolean => job.status.state === 'queued' && job.wake_at === null;

export function columnsOf(job: JobRecord, classId: number | null): Columns {
  const { status } = job;
  const waits = status.state === 'queued' || status.state === 'blocked';
  return [
    stateNumber(status.state),
    classId,
    job.rank,
    status.state === 'queued' ? job.wake_at : null,
    waits ? job.deadline_at : null,
    heldAttempt(job)?.lease_until ?? null,
    status.state === 'running' && status.suspect ? 1 : 0,
    job.last_worker_id,
    job.finished_at,
  ];
}
