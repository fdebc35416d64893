import type { GroupId, JobId } from '../protocol/ids.ts';

/** What was acknowledged to somebody outside: no crash may take it back (C12). */
export interface Ledger {
  readonly submitted: Set<JobId>;
  /** Acknowledged cancels: the job has ended so, or carries the mark. */
  readonly canceled: Map<JobId, 'canceled' | 'canceling'>;
  /** Attempts whose outcome was acknowledged as committed: nonce → attempt. */
  readonly settled: Map<string, { readonly job_id: JobId; readonly epoch: number }>;
  /** Groups, and how many jobs each was given. */
  readonly groups: Map<GroupId, number>;
  /** Terminal states that a client has read. */
  readonly read: Map<JobId, string>;
}

export const openLedger = (): Ledger => ({
  submitted: new Set(),
  canceled: new Map(),
  settled: new Map(),
  groups: new Map(),
  read: new Map(),
});
