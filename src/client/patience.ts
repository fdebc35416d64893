/** Waits, and ends early when the signal aborts (then it throws the signal's reason). */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** Exponential with full jitter, so that many clients of one restarted server do not come back together. */
export const backoffMs = (attempt: number, firstMs = 200, mostMs = 5000): number =>
  Math.random() * Math.min(mostMs, firstMs * 2 ** attempt);

/** How long a reader goes on reconnecting to a server that does not answer. */
export class Patience {
  readonly #limitMs: number;
  readonly #signal: AbortSignal | undefined;
  #failures = 0;
  #since: number | null = null;

  constructor(limitMs: number, signal: AbortSignal | undefined) {
    this.#limitMs = limitMs;
    this.#signal = signal;
  }

  /** The server answered. */
  reset(): void {
    this.#failures = 0;
    this.#since = null;
  }

  /** A short rest between two tries that both went well. */
  rest(ms: number): Promise<void> {
    this.reset();
    return sleep(ms, this.#signal);
  }

  /** Sleeps before the next try; throws the error when it has gone on for too long. */
  async pause(error: unknown): Promise<void> {
    this.#since ??= Date.now();
    if (Date.now() - this.#since >= this.#limitMs) throw error;
    await sleep(50 + backoffMs(this.#failures++, 200, 3000), this.#signal);
  }
}
