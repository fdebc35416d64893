import type { RecordKind } from '../protocol/records.ts';
import type { JobStore } from './job-store.ts';
import type { PutResult, RoleToken } from './record-store.ts';
import type { Tables } from './tables.ts';

/** Verbs that change the tables, or must see them as the next change will. */
export const JOB_VERBS = [
  'insertJobs',
  'readReady',
  'commitPlacements',
  'startAttempts',
  'renewLeases',
  'settle',
  'commitCheckpoints',
  'requestCancel',
  'releaseUndelivered',
  'expireLeases',
  'patchJobs',
  'upsertWorker',
  'listWorkers',
  'holdRole',
  'prune',
] as const satisfies readonly (keyof JobStore)[];
export type JobVerb = (typeof JOB_VERBS)[number];

type Args<K extends JobVerb> = Parameters<JobStore[K]>;
type Answer<K extends JobVerb> = Awaited<ReturnType<JobStore[K]>>;

/** Every verb is a function of the tables, its arguments and the store's time; it is atomic because its caller is. */
export type Verbs = {
  readonly [K in JobVerb]: (tables: Tables, args: Args<K>, now: number) => Answer<K>;
} & {
  putRecord(tables: Tables, args: PutArgs, now: number): PutResult;
  removeRecord(tables: Tables, args: readonly [kind: RecordKind, id: string], now: number): boolean;
};
export type PutArgs = readonly [
  kind: RecordKind,
  id: string,
  value: unknown,
  expected: number | undefined,
  role: RoleToken | undefined,
];

export type VerbName = keyof Verbs;
export type VerbArgs<K extends VerbName> = Parameters<Verbs[K]>[1];
export type VerbAnswer<K extends VerbName> = ReturnType<Verbs[K]>;

/** Runs one verb; the two stores differ only in how. */
export type RunVerb = <K extends VerbName>(verb: K, args: VerbArgs<K>) => Promise<VerbAnswer<K>>;
