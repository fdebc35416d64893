import type { JobId } from '../../protocol/ids.ts';
import type { Beyond } from '../tables/job-table.ts';
import { Fault } from './fault.ts';

/** Answers of the file that a verb asked for, kept until it has run. */
export class Fetched {
  readonly absentJobs = new Set<JobId>();
  readonly absentNumbers = new Set<number>();
  /** Jobs that the verb will ask for. */
  wanted: readonly JobId[] = [];
  ended: readonly JobId[] | null = null;
  /** the first event that is young enough; undefined until it was asked for */
  youngEvent: number | null | undefined;

  clear(): void {
    this.absentJobs.clear();
    this.absentNumbers.clear();
    this.wanted = [];
    this.ended = null;
    this.youngEvent = undefined;
  }
}

/** What is not within reach must be fetched, unless the file was asked already. */
export const beyond = (fetched: Fetched): Beyond => ({
  job(id) {
    const { absentJobs, wanted } = fetched;
    if (absentJobs.has(id)) return null;
    throw new Fault({ kind: 'jobs', ids: [...new Set([id, ...wanted])] });
  },
  numbers(ns) {
    const missing = ns.filter((n) => !fetched.absentNumbers.has(n));
    if (missing.length > 0) throw new Fault({ kind: 'numbers', ns: missing });
    return null;
  },
});
