import type { ServerResponse } from 'node:http';

/** The answers that are still being given, so that a stopping server can end its streams and wait for the rest. */
export class OpenAnswers {
  readonly #open = new Set<ServerResponse>();
  readonly #aborts = new Set<AbortController>();
  #closing = false;
  #emptied: (() => void) | undefined;

  get closing(): boolean {
    return this.#closing;
  }

  track(answer: ServerResponse): void {
    this.#open.add(answer);
    answer.once('close', () => {
      this.#open.delete(answer);
      if (this.#open.size === 0) this.#emptied?.();
    });
  }

  /** Aborted when the reader is gone or the server stops. */
  signalOf(answer: ServerResponse): AbortSignal {
    const abort = new AbortController();
    if (this.#closing || answer.destroyed) abort.abort();
    this.#aborts.add(abort);
    answer.once('close', () => {
      this.#aborts.delete(abort);
      abort.abort();
    });
    return abort.signal;
  }

  /** Ends streams and waits, then gives the other answers up to `graceMs`. */
  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    for (const abort of this.#aborts) abort.abort();
    if (this.#open.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#emptied = resolve;
      timer = setTimeout(resolve, graceMs);
    });
    clearTimeout(timer);
  }
}
