import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { AttemptRef } from '../protocol/attempt.ts';
import { type AttemptApi, Refused } from './attempt-api.ts';
import { Backoff } from './backoff.ts';
import { LogGate } from './log-gate.ts';

const CHUNK = 256 * 2 ** 10;
/** Waits this long for more before it sends, so that a chatty job costs few calls. */
const GATHER_MS = 100;
const Reply = z.object({ length: z.number().int().min(0) });

export interface LogSpoolOptions {
  readonly api: AttemptApi;
  readonly ref: AttemptRef;
  readonly path: string;
  readonly bytesPerSecond: number;
  readonly maxBytes: number;
  /** Ends the shipping when the attempt no longer is ours. */
  readonly signal: AbortSignal;
}

/** The log of one attempt: spooled to disk first, shipped by offset, so that no lost call loses a line (C10). */
export class LogSpool {
  readonly #options: LogSpoolOptions;
  readonly #gate: LogGate;
  #file: Promise<FileHandle> | null = null;
  #pending: Buffer[] = [];
  #accepted = 0;
  #written = 0;
  #shipped = 0;
  #full = false;
  #closing = false;
  #work: Promise<void> | null = null;

  constructor(options: LogSpoolOptions) {
    this.#options = options;
    // Twice the burst of the sandbox's own gate, so that what passed there is not cut here.
    this.#gate = new LogGate(options.bytesPerSecond, 8 * options.bytesPerSecond);
  }

  readonly write = (line: string): void => {
    for (const admitted of this.#gate.admit(line)) this.#append(admitted);
  };

  /** Ships what is there; false when it could not within the limit. */
  async flush(limitMs: number): Promise<boolean> {
    this.#closing = true;
    for (const line of this.#gate.rest()) this.#append(line);
    const end = performance.now() + limitMs;
    while (this.#work !== null && performance.now() < end && !this.#options.signal.aborted) {
      const late = new AbortController();
      const limit = pause(end - performance.now(), undefined, { signal: late.signal }).catch(() => {});
      await Promise.race([this.#work, limit]);
      late.abort();
    }
    return this.#work === null;
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    await (await file)?.close();
  }

  #append(line: string): void {
    if (this.#full) return;
    let bytes = Buffer.from(`${line}\n`);
    if (this.#accepted + bytes.length > this.#options.maxBytes) {
      this.#full = true;
      bytes = Buffer.from(`[hive] the log reached ${this.#options.maxBytes} bytes; the rest is left out\n`);
    }
    this.#accepted += bytes.length;
    this.#pending.push(bytes);
    this.#work ??= this.#run().finally(() => {
      this.#work = null;
    });
  }

  async #run(): Promise<void> {
    const backoff = new Backoff(100, 2000);
    while (this.#shipped < this.#accepted && !this.#options.signal.aborted) {
      try {
        await this.#save();
        if (!this.#closing) await pause(GATHER_MS);
        await this.#save();
        await this.#ship();
        backoff.reset();
      } catch (error) {
        if (error instanceof Refused && !error.passing) return;
        await backoff.wait(this.#options.signal).catch(() => {});
      }
    }
  }

  async #save(): Promise<void> {
    if (this.#pending.length === 0) return;
    this.#file ??= open(this.#options.path, 'w+');
    const file = await this.#file;
    const taken = this.#pending.length;
    const bytes = Buffer.concat(this.#pending);
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await file.write(bytes, done, bytes.length - done, this.#written + done);
      done += bytesWritten;
    }
    // Only now: on a full disk the lines wait in memory, which the cap bounds.
    this.#pending.splice(0, taken);
    this.#written += bytes.length;
  }

  async #ship(): Promise<void> {
    const { api, ref, signal } = this.#options;
    while (this.#shipped < this.#written) {
      const body = await this.#read(this.#shipped);
      const path = `log?offset=${this.#shipped}`;
      try {
        const reply = await api.json(ref, { method: 'POST', path, body, size: body.length, signal });
        this.#shipped = Math.min(this.#written, Reply.parse(reply).length);
      } catch (error) {
        // A reply that got lost: the chunk is there already, and the refusal says where the log ends.
        const length = conflictLength(error);
        if (length === undefined || length === this.#shipped) throw error;
        this.#shipped = Math.min(this.#written, length);
      }
    }
  }

  async #read(offset: number): Promise<Buffer> {
    const buffer = Buffer.alloc(Math.min(CHUNK, this.#written - offset));
    const file = await this.#file;
    const read = await file?.read(buffer, 0, buffer.length, offset);
    return buffer.subarray(0, read?.bytesRead ?? 0);
  }
}

const Conflict = z.object({
  errors: z.array(z.object({ pointer: z.string(), message: z.string().regex(/^\d+$/) })).min(1),
});

/** Where the log ends, as the refusal states it. */
function conflictLength(error: unknown): number | undefined {
  if (!(error instanceof Refused) || error.code !== 'offset_conflict') return undefined;
  const parsed = Conflict.safeParse(error.body);
  return parsed.success ? Number(parsed.data.errors[0]?.message) : undefined;
}
