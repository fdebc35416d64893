import { type JobSlot, rowChanges, type SentRow } from './job-rows.ts';
import { journalCut } from './journal.ts';
import type { RowBatch } from './row-batch.ts';
import type { RowChange } from './rows.ts';
import type { WordTable } from './word-table.ts';

/** How long a job's row may be older than the journal: long enough for a short job to wait, run and end. */
const AGE_MS = 2000;
const RETRY_MS = 1000;
/** Jobs whose rows are written in one go: a group that must be synced waits for one go at most. */
const AT_ONCE = 128;

/** Jobs that one row of the journal tells of. */
interface Due {
  readonly seq: number;
  readonly at: number;
  readonly slots: readonly JobSlot[];
}

export interface RowFlushDeps {
  readonly words: WordTable;
  /** Without a sync: until the next one the journal is what a crash leaves. */
  readonly write: (changes: readonly RowChange[]) => Promise<void>;
  readonly written: (sent: readonly SentRow[]) => void;
}

/** Brings the rows of jobs up to what the journal has, in the order of the journal, and cuts it. */
export class RowFlush {
  readonly #deps: RowFlushDeps;
  #due: Due[] = [];
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | null = null;

  constructor(deps: RowFlushDeps) {
    this.#deps = deps;
  }

  /** The batch is in the journal. */
  note({ seq, journal }: RowBatch): void {
    if (journal.noted.length === 0) return;
    this.#due.push({ seq, at: performance.now(), slots: journal.noted.map(({ slot }) => slot) });
    this.#later(AGE_MS);
  }

  /** Resolves when the rows show all that was noted so far; rejects when the file cannot be written. */
  flush(): Promise<void> {
    return this.#flushTo(this.#due.at(-1)?.seq ?? 0);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #flushTo(seq: number): Promise<void> {
    for (;;) {
      if (this.#running === null) {
        const first = this.#due[0];
        if (first === undefined || first.seq > seq) return;
        this.#running = this.#go().finally(() => {
          this.#running = null;
        });
      }
      await this.#running;
    }
  }

  #later(ms: number): void {
    this.#timer ??= setTimeout(() => void this.#flushOld(), ms);
  }

  async #flushOld(): Promise<void> {
    const now = performance.now();
    const last = this.#due.findLast(({ at }) => at <= now - AGE_MS / 2);
    const failed = await this.#flushTo(last?.seq ?? 0).then(
      () => false,
      () => true,
    );
    this.#timer = undefined;
    if (this.#due.length > 0) this.#later(failed ? RETRY_MS : AGE_MS / 2);
  }

  async #go(): Promise<void> {
    const taken: Due[] = [];
    let jobs = 0;
    for (const due of this.#due) {
      if (taken.length > 0 && jobs + due.slots.length > AT_ONCE) break;
      taken.push(due);
      jobs += due.slots.length;
    }
    const slots = taken.flatMap((due) => due.slots);
    const { changes, sent } = rowChanges(slots, this.#deps.words);
    // The journal first: on a full disk its pages are what the rows are written to.
    await this.#deps.write([journalCut(taken.at(-1)?.seq ?? 0), ...changes]);
    this.#due.splice(0, taken.length);
    for (const { row, job } of sent) {
      row.written = job;
      row.spec = null;
    }
    this.#deps.written(sent);
  }
}
