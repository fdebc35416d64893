import type { Ledger } from './ledger.ts';

export interface Violation {
  readonly rule: string;
  /** The job, key or reader it is about. */
  readonly of: string;
  readonly detail: string;
}

/** One promise, judged from what was recorded alone. */
export interface Rule {
  readonly name: string;
  readonly promise: string;
  check(ledger: Ledger, fail: (of: string, detail: string) => void): void;
}
