import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { orNull, removePrefix, sizeOf } from './disk.ts';
import { writeAll } from './intake.ts';
import { pathOfKey } from './keys.ts';
import { Turns } from './turns.ts';

/** Files that only grow. Not synced: whoever appends keeps a chunk until it was acknowledged, and a log may lose its tail with the power. */
export class FileAppends {
  readonly #root: string;
  readonly #turns = new Turns();

  constructor(root: string) {
    this.#root = root;
  }

  append(key: string, offset: number, chunk: Uint8Array): Promise<{ ok: boolean; length: number }> {
    return this.#turns.take(key, async () => {
      const length = await this.length(key);
      if (offset !== length) return { ok: false, length };
      if (chunk.byteLength === 0) return { ok: true, length };
      const path = pathOfKey(this.#root, key, 'log');
      if (length === 0) await mkdir(dirname(path), { recursive: true });
      await this.#write(path, offset, chunk);
      return { ok: true, length: length + chunk.byteLength };
    });
  }

  /** A chunk is kept whole or not at all, so that the length answered is where the next one starts. */
  async #write(path: string, offset: number, chunk: Uint8Array): Promise<void> {
    const handle = await open(path, offset === 0 ? 'w' : 'r+');
    try {
      await writeAll(handle, chunk, offset);
    } catch (error) {
      // The first failure says more than one of the clean-up would.
      await handle.truncate(offset).catch(() => {});
      throw error;
    } finally {
      await handle.close();
    }
  }

  async length(key: string): Promise<number> {
    return (await sizeOf(pathOfKey(this.#root, key, 'log'))) ?? 0;
  }

  /** The bytes from `start` up to, not including, `end`; fewer where the log is shorter. */
  async read(key: string, start: number, end: number): Promise<Uint8Array> {
    const handle = await orNull(open(pathOfKey(this.#root, key, 'log'), 'r'));
    if (handle === null) return new Uint8Array();
    try {
      const from = Math.max(0, start);
      const until = Math.min(end, (await handle.stat()).size);
      const bytes = new Uint8Array(Math.max(0, until - from));
      let done = 0;
      while (done < bytes.byteLength) {
        const { bytesRead } = await handle.read(bytes, done, bytes.byteLength - done, from + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return done === bytes.byteLength ? bytes : bytes.subarray(0, done);
    } finally {
      await handle.close();
    }
  }

  remove(prefix: string): Promise<void> {
    return removePrefix(this.#root, prefix);
  }
}
