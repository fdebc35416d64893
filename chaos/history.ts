import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import type { JobState } from '../src/protocol/job.ts';

/** A state change as a reader was told of it. */
export interface EventEntry {
  readonly kind: 'event';
  /** `follower` listened while the faults went on, `audit` read all of it at the end. */
  readonly reader: 'follower' | 'audit';
  readonly seq: number;
  readonly type: string;
  readonly job?: string;
  readonly state: string;
  readonly code: string;
  readonly attempt?: number;
  /** When it happened by the clock of the orchestrator, in Unix milliseconds. */
  readonly happened_at: number;
}

/** A job as it stood when everything was over. */
export interface FinalJob {
  readonly kind: 'job';
  readonly id: string;
  readonly module: string;
  readonly state: JobState;
  readonly attempt: number;
  /** Which submit asked for it, and as which item. */
  readonly key: string;
  readonly item: number;
  /** of output, error and files: what was committed */
  readonly outcome: string;
  /** What the command printed and left, for jobs that leave a mark of each run. */
  readonly printed?: string;
  /** When the committed run began by its worker’s clock, in Unix milliseconds, for modules that say so. */
  readonly began_at?: number;
  readonly files: readonly string[];
}

/** What one command said of itself on a disk that the orchestrator does not know. */
export interface RunEntry {
  readonly kind: 'run';
  readonly job: string;
  readonly epoch: number;
  readonly mark: 'began' | 'ended';
  /** One of its own for each run. */
  readonly token: string;
  readonly at: number;
}

export type FaultKind =
  | 'kill'
  | 'restart'
  | 'pause'
  | 'resume'
  | 'cut'
  | 'mend'
  | 'fill'
  | 'free'
  | 'died'
  | 'not-started';
export type Operation = 'submit' | 'resubmit' | 'conflict' | 'cancel' | 'read';

export type Fact =
  | { readonly kind: 'plan'; readonly seed: number; readonly minutes: number; readonly lease_ms: number }
  | {
      readonly kind: 'asked';
      readonly op: Operation;
      readonly client: string;
      /** idempotency key of a submit, job id of the others */
      readonly of: string;
      readonly body?: string;
      readonly jobs?: number;
    }
  | {
      readonly kind: 'acknowledged';
      readonly op: Operation;
      readonly client: string;
      readonly key: string;
      readonly body: string;
      readonly ids: readonly string[];
    }
  | {
      readonly kind: 'refused';
      readonly op: Operation;
      readonly client: string;
      readonly of: string;
      readonly status: number;
      readonly code: string;
    }
  | { readonly kind: 'unanswered'; readonly op: Operation; readonly client: string; readonly of: string }
  | {
      readonly kind: 'cancel';
      readonly client: string;
      readonly job: string;
      readonly result: 'canceled' | 'canceling' | 'already';
      readonly state: JobState;
    }
  | {
      readonly kind: 'seen';
      readonly client: string;
      readonly job: string;
      readonly state: JobState;
      readonly attempt: number;
      readonly outcome: string;
    }
  | EventEntry
  | {
      readonly kind: 'gap';
      readonly reader: EventEntry['reader'];
      readonly from: number;
      readonly next: number;
    }
  | {
      readonly kind: 'fault';
      readonly fault: FaultKind;
      readonly target: string;
      readonly pid?: number;
      readonly detail?: string;
    }
  | { readonly kind: 'drained'; readonly after_ms: number; readonly open: number }
  | FinalJob
  | {
      readonly kind: 'artifact';
      readonly job: string;
      readonly name: string;
      readonly sha256: string;
      /** of the bytes that came */
      readonly read: string;
    }
  | RunEntry;

/** Label of the job whose end is the last event of a run. */
export const LAST_KEY = 'chaos-last';

/** One line of a history: what happened, and when by the clock of the machine in Unix milliseconds. */
export type Entry = Fact & { readonly at: number };
export type EntryOf<K extends Entry['kind']> = Extract<Entry, { kind: K }>;

/** Writes what happens to a file as it happens. */
export class Recorder {
  readonly file: string;
  #lines: string[] = [];

  constructor(file: string) {
    this.file = file;
    writeFileSync(file, '');
  }

  add(fact: Fact, at = Date.now()): void {
    this.#lines.push(JSON.stringify({ at, ...fact }));
    if (this.#lines.length >= 1000) this.flush();
  }

  flush(): void {
    if (this.#lines.length > 0) appendFileSync(this.file, `${this.#lines.join('\n')}\n`);
    this.#lines = [];
  }
}

export const readHistory = (file: string): Entry[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Entry);
