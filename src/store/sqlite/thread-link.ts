import { Worker } from 'node:worker_threads';
import { HiveError } from '../../protocol/errors.ts';
import type { Envelope, ThreadSetup } from './sqlite-thread.ts';
import { decodeError, type WireError } from './thread-wire.ts';

type Opening = { readonly ready: true } | { readonly ready: false; readonly error: WireError };

interface Waiting {
  resolve(body: never): void;
  reject(error: unknown): void;
}

/** The caller's end of a thread that answers each message with one. It loads its code and opens its file at once. */
export class ThreadLink {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #opening: Promise<Opening>;
  #number = 0;
  #gone: HiveError | null = null;

  constructor(setup: ThreadSetup) {
    this.#worker = startThread(setup);
    this.#worker.on('message', ({ number, body }: Envelope<never>) => {
      this.#waiting.get(number)?.resolve(body);
      this.#waiting.delete(number);
    });
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(undefined));
    this.#opening = this.ask<Opening>('open');
    // Whoever asks is told.
    this.#opening.catch(() => {});
  }

  /** Resolves when the file is open, or says why it is not; then the thread has ended. */
  async open(): Promise<void> {
    const opening = await this.#opening;
    if (!opening.ready) throw decodeError(opening.error);
  }

  ask<T>(body: unknown): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#gone !== null) {
        reject(this.#gone);
        return;
      }
      this.#number += 1;
      this.#waiting.set(this.#number, { resolve, reject });
      this.#worker.postMessage({ number: this.#number, body });
    });
  }

  async close(): Promise<void> {
    if (this.#gone !== null) return;
    const exited = new Promise((resolve) => this.#worker.once('exit', resolve));
    this.#worker.postMessage('close');
    await exited;
  }

  #fail(cause: unknown): void {
    this.#gone ??= new HiveError('store_unavailable', 'the store is closed', { cause });
    for (const waiting of this.#waiting.values()) waiting.reject(this.#gone);
    this.#waiting.clear();
  }
}

export interface FileOptions {
  readonly file: string;
  /** The file grows to this size at most; above it writes are refused as on a full disk. */
  readonly max_bytes?: number | undefined;
  /** Makes each commit this much slower, for benchmarks. */
  readonly sync_delay_ms?: number | undefined;
}

/** The thread that will write the file, from now on on its way; it opens the file when it is asked to. */
export const startWriter = (options: FileOptions): ThreadLink =>
  new ThreadLink({ ...setupOf(options), role: 'writer' });

export const setupOf = ({ file, max_bytes, sync_delay_ms }: FileOptions): Omit<ThreadSetup, 'role'> => ({
  file,
  max_bytes: max_bytes ?? null,
  sync_delay_ms: sync_delay_ms ?? 0,
});

/** Beside this file: its source while developing, its bundle when built. */
function startThread(workerData: ThreadSetup): Worker {
  return import.meta.url.endsWith('.ts')
    ? new Worker(new URL('./source-thread.mjs', import.meta.url), { workerData })
    : new Worker(new URL('./sqlite-thread.js', import.meta.url), { workerData });
}
