import { createHash } from 'node:crypto';

/** What happened, in order. The hash is of every line, so that two runs of one seed can be compared. */
export class Trace {
  readonly #hash = createHash('sha256');
  readonly #keep: number;
  readonly #start: number;
  readonly #now: () => number;
  lines: string[] = [];

  /** @param keep lines held for reading, the latest */
  constructor(now: () => number, keep: number) {
    this.#now = now;
    this.#start = now();
    this.#keep = keep;
  }

  write(who: string, what: string): void {
    const line = `${((this.#now() - this.#start) / 1000).toFixed(3).padStart(9)} ${who.padEnd(8)} ${what}`;
    this.#hash.update(line);
    if (this.#keep === 0) return;
    this.lines.push(line);
    if (this.lines.length > 2 * this.#keep) this.lines = this.lines.slice(-this.#keep);
  }

  digest(): string {
    return this.#hash.copy().digest('hex');
  }
}

/** Enough of an id to tell it from its neighbours. */
export const short = (id: string): string => `${id.slice(0, 3)}…${id.slice(-5)}`;
