import { setTimeout as pause } from 'node:timers/promises';

/** Doubling waits with jitter between half and whole, so that many workers do not come back as one. */
export class Backoff {
  readonly #first: number;
  readonly #cap: number;
  #next: number;

  constructor(firstMs: number, capMs: number) {
    this.#first = firstMs;
    this.#cap = capMs;
    this.#next = firstMs;
  }

  reset(): void {
    this.#next = this.#first;
  }

  take(): number {
    const wait = this.#next;
    this.#next = Math.min(this.#cap, wait * 2);
    return wait * (0.5 + Math.random() / 2);
  }

  /** Rejects with the signal's reason when it is aborted first. */
  async wait(signal: AbortSignal, atLeastMs = 0): Promise<void> {
    signal.throwIfAborted();
    await pause(Math.max(atLeastMs, this.take()), undefined, { signal }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw error;
    });
  }
}
