/** At most so many bytes a second of log, with a burst; what does not fit is counted and said (C10). */
export class LogGate {
  readonly #rate: number;
  readonly #burst: number;
  readonly #now: () => number;
  #tokens: number;
  #filled: number;
  #dropped = 0;

  constructor(bytesPerSecond: number, burst: number, now: () => number = () => performance.now()) {
    this.#rate = bytesPerSecond;
    this.#burst = burst;
    this.#now = now;
    this.#tokens = burst;
    this.#filled = now();
  }

  /** The lines to write for this one: none when it is dropped, two when it ends a gap. */
  admit(line: string): string[] {
    const now = this.#now();
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#filled) / 1000) * this.#rate);
    this.#filled = now;
    const size = Buffer.byteLength(line) + 1;
    // After a gap wait for some room, or the log would be nothing but marks.
    if (size > this.#tokens || (this.#dropped > 0 && this.#tokens < this.#burst / 8)) {
      this.#dropped += size;
      return [];
    }
    this.#tokens -= size;
    return [...this.rest(), line];
  }

  /** The mark of a gap that no later line has ended. */
  rest(): string[] {
    if (this.#dropped === 0) return [];
    const mark = `[hive] dropped ${this.#dropped} bytes`;
    this.#dropped = 0;
    return [mark];
  }
}
