import type { RecordKind } from '../protocol/records.ts';
import type { JobStore } from './job-store.ts';
import type { RecordPage, RecordQuery, Versioned } from './record-store.ts';

type Answer<K extends keyof JobStore> = Awaited<
  ReturnType<Extract<JobStore[K], (...args: never) => unknown>>
>;

/** What may be answered beside the writer: it sees every write that was acknowledged before it was asked. */
export interface Reads {
  getJob(...args: Parameters<JobStore['getJob']>): Answer<'getJob'>;
  listJobs(...args: Parameters<JobStore['listJobs']>): Answer<'listJobs'>;
  countJobs(...args: Parameters<JobStore['countJobs']>): Answer<'countJobs'>;
  readEvents(...args: Parameters<JobStore['readEvents']>): Answer<'readEvents'>;
  getRecord(kind: RecordKind, id: string): Versioned<unknown> | null;
  listRecords(kind: RecordKind, query: RecordQuery): RecordPage<unknown>;
}

export type ReadName = keyof Reads;
export type RunRead = <K extends ReadName>(
  read: K,
  args: Parameters<Reads[K]>,
) => Promise<ReturnType<Reads[K]>>;
