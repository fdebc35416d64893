import type { JobRecord } from '../../core/job.ts';
import type { WorkerShape } from '../../core/placement.ts';
import type { InsertItem, InsertResult, ReadyQuery } from '../job-store.ts';
import type { VerbAnswer, VerbArgs, VerbName } from '../verbs.ts';
import { decodeHot, decodeJob, encodeBase, encodeDoc, encodeFacts, type JobTexts } from './job-codec.ts';
import type { SqliteTables } from './sqlite-tables.ts';
import type { VerbCall } from './wire.ts';

/* The caller's side. */

export function encodeCall<K extends VerbName>(verb: K, args: VerbArgs<K>): VerbCall {
  if (verb === 'insertJobs') return encodeInsert(args as VerbArgs<'insertJobs'>);
  if (verb === 'readReady') return encodeReady(args as VerbArgs<'readReady'>);
  return { verb, args };
}

function encodeInsert([items]: VerbArgs<'insertJobs'>): VerbCall {
  const texts: string[] = [];
  for (const { job } of items) texts.push(encodeFacts(job), encodeBase(job), encodeDoc(job));
  return { verb: 'insertJobs', args: [items.map((item) => item.idempotency ?? null)], texts };
}

/** Alike workers have one shape, and a set passes no border. */
function encodeReady([query]: VerbArgs<'readReady'>): VerbCall {
  const shapes = new Map<string, unknown>();
  for (const { capabilities, labels, region, gpus } of query.shapes) {
    const shape = { capabilities: [...capabilities], labels, region, gpus };
    shapes.set(JSON.stringify(shape), shape);
  }
  return { verb: 'readReady', args: [{ ...query, shapes: [...shapes.values()] }] };
}

/** `jobs` are read only when somebody looks at them. */
export function decodeAnswer<K extends VerbName>(
  verb: K,
  args: VerbArgs<K>,
  answer: unknown,
  jobs: readonly string[],
): VerbAnswer<K> {
  if (!(JOB_ANSWERS as ReadonlySet<VerbName>).has(verb)) return answer as VerbAnswer<K>;
  const own = verb === 'insertJobs' ? (args as VerbArgs<'insertJobs'>)[0] : [];
  return (answer as readonly unknown[]).map((item, index) => {
    if (typeof item === 'number') return decodeJob(jobs[item] ?? '');
    if (item === 'created') return { kind: 'created', job: own[index]?.job };
    return withLazyJob(item, jobs);
  }) as VerbAnswer<K>;
}

function withLazyJob(item: unknown, jobs: readonly string[]): unknown {
  if (typeof item !== 'object' || item === null || !('job' in item)) return item;
  const text = jobs[Number(item.job)] ?? '';
  let job: JobRecord | null = null;
  const get = (): JobRecord => {
    job ??= decodeJob(text);
    return job;
  };
  return Object.defineProperty(item, 'job', { get, enumerable: true, configurable: true });
}

/* The engine's side. */

/** Verbs whose answer is a list of jobs, or of results that hold one. */
const JOB_ANSWERS: ReadonlySet<VerbName> = new Set([
  'insertJobs',
  'commitPlacements',
  'settle',
  'requestCancel',
  'patchJobs',
] as const);

export function decodeCall(call: VerbCall, tables: SqliteTables): readonly unknown[] {
  if (call.verb === 'insertJobs') return [decodeInsert(call, tables)];
  if (call.verb !== 'readReady') return call.args;
  const [query] = call.args as [ReadyQuery];
  const shapes = query.shapes.map((shape: WorkerShape) => ({
    ...shape,
    capabilities: new Set(shape.capabilities),
  }));
  return [{ ...query, shapes }];
}

function decodeInsert({ args, texts = [] }: VerbCall, tables: SqliteTables): InsertItem[] {
  const [idempotency] = args as [readonly (InsertItem['idempotency'] | null)[]];
  return idempotency.map((key, index) => {
    const [facts = '', base = '', doc = ''] = texts.slice(index * 3, index * 3 + 3);
    const job = decodeHot(base, doc);
    tables.expect(job.id, { facts, base, doc } satisfies JobTexts);
    return { job, ...(key !== null && key !== undefined && { idempotency: key }) };
  });
}

/** Takes the jobs out of an answer; their places stay. */
export function encodeAnswer(verb: VerbName, answer: unknown, tables: SqliteTables) {
  const jobs: string[] = [];
  if (!JOB_ANSWERS.has(verb)) return { answer, jobs };
  const take = (job: JobRecord): number => jobs.push(tables.jobs.textOf(job)) - 1;
  const items = (answer as readonly (InsertResult | JobRecord | string)[]).map((item) => {
    if (typeof item === 'string') return item;
    if ('id' in item) return take(item);
    if (item.kind === 'created') return 'created';
    return 'job' in item ? { ...item, job: take(item.job) } : item;
  });
  return { answer: items, jobs };
}
