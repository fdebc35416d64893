import type { Reads } from '../reads.ts';
import { decodeJob } from './job-codec.ts';
import type { PlacedText, SqliteReads } from './sqlite-reads.ts';
import { encodeError, type ReadCall, type Reply } from './wire.ts';

/** The engine's side: one read, its answer or its error as data. */
export function runRead(reads: SqliteReads, { read, args }: ReadCall): Reply {
  try {
    const call = reads[read] as (...given: readonly unknown[]) => unknown;
    return { ok: true, answer: call(...args), jobs: [] };
  } catch (error) {
    return { ok: false, error: encodeError(error) };
  }
}

/** The caller's side: texts become jobs. */
export function decodeRead<K extends keyof Reads>(read: K, answer: unknown): ReturnType<Reads[K]> {
  if (read === 'getJob' && answer !== null) {
    const { job, position } = answer as PlacedText;
    return { job: decodeJob(job), position } as ReturnType<Reads[K]>;
  }
  if (read === 'listJobs') return (answer as string[]).map(decodeJob) as ReturnType<Reads[K]>;
  return answer as ReturnType<Reads[K]>;
}
