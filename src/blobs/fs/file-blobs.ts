import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import type { BlobFacts, BlobStore } from '../blob-store.ts';
import { FileAppends } from './appends.ts';
import { listBelow, moveInto, onDisk, orNull, removeOldFiles, removePrefix, sizeOf } from './disk.ts';
import { hashFile, takeIn } from './intake.ts';
import { pathOfKey } from './keys.ts';
import { Turns } from './turns.ts';

const DAY_MS = 86_400_000;
const SHA256 = /^[0-9a-f]{64}$/;

/** Blobs in a folder: `sha256/ab/cd/…` content · `staged/` · `appended/` logs · `tmp/` what is being written. */
export async function openFileBlobs({ dir }: { readonly dir: string }): Promise<BlobStore> {
  const root = resolve(dir);
  return onDisk(async () => {
    for (const name of ['sha256', 'staged', 'appended', 'tmp']) {
      await mkdir(join(root, name), { recursive: true });
    }
    await removeOldFiles(join(root, 'tmp'), DAY_MS);
    return new FileBlobs(root);
  });
}

class FileBlobs implements BlobStore {
  readonly #content: string;
  readonly #staged: string;
  readonly #tmp: string;
  readonly #appends: FileAppends;
  readonly #turns = new Turns();

  constructor(dir: string) {
    this.#content = join(dir, 'sha256');
    this.#staged = join(dir, 'staged');
    this.#tmp = join(dir, 'tmp');
    this.#appends = new FileAppends(join(dir, 'appended'));
  }

  write(body: Readable, expect: Partial<BlobFacts> = {}, limit = Number.POSITIVE_INFINITY) {
    return onDisk(async () => {
      const { path, ...facts } = await takeIn(this.#tmp, body, expect, limit);
      await this.#keep(path, facts.sha256);
      return facts;
    });
  }

  stage(key: string, body: Readable, limit = Number.POSITIVE_INFINITY) {
    return onDisk(async () => {
      const { path, ...facts } = await takeIn(this.#tmp, body, {}, limit);
      await this.#turns.take(key, () => this.#install(key, path, facts));
      return facts;
    });
  }

  /** Durable once it resolves, as an acknowledged upload must be. */
  async #install(key: string, path: string, facts: BlobFacts): Promise<void> {
    const place = pathOfKey(this.#staged, key, 'blob');
    await moveInto(path, place, true);
    await this.#remember(key, place, facts);
  }

  /** Facts save hashing again and no more, so they are not synced; they hold for one file, named by its mark. */
  async #remember(key: string, place: string, facts: BlobFacts): Promise<void> {
    const draft = join(this.#tmp, randomUUID());
    await writeFile(draft, JSON.stringify({ ...facts, mark: await markOf(place) }));
    await moveInto(draft, pathOfKey(this.#staged, key, 'facts'), false);
  }

  promote(key: string, sha256: string): Promise<BlobFacts | null> {
    return onDisk(() =>
      this.#turns.take(key, async () => {
        const facts = await this.staged(key);
        if (facts?.sha256 === sha256) {
          await this.#keep(pathOfKey(this.#staged, key, 'blob'), sha256);
          await rm(pathOfKey(this.#staged, key, 'facts'), { force: true });
          return facts;
        }
        const size = await this.size(sha256);
        return size === null ? null : { size, sha256 };
      }),
    );
  }

  async staged(key: string): Promise<BlobFacts | null> {
    const place = pathOfKey(this.#staged, key, 'blob');
    const mark = await markOf(place);
    if (mark === null) return null;
    const text = await orNull(readFile(pathOfKey(this.#staged, key, 'facts'), 'utf8'));
    return (text === null ? null : parseFacts(text, mark)) ?? orNull(hashFile(place));
  }

  readStaged(key: string): Promise<Readable | null> {
    return onDisk(async () => {
      const handle = await orNull(open(pathOfKey(this.#staged, key, 'blob'), 'r'));
      return handle?.createReadStream({ highWaterMark: 256 * 1024 }) ?? null;
    });
  }

  listStaged(prefix: string): Promise<readonly string[]> {
    return onDisk(() => listBelow(this.#staged, prefix));
  }

  unstage(prefix: string): Promise<void> {
    return onDisk(() => removePrefix(this.#staged, prefix));
  }

  async size(sha256: string): Promise<number | null> {
    return SHA256.test(sha256) ? sizeOf(this.#path(sha256)) : null;
  }

  read(sha256: string, range?: { readonly start: number; readonly end: number }): Promise<Readable | null> {
    return onDisk(async () => {
      const handle = SHA256.test(sha256) ? await orNull(open(this.#path(sha256), 'r')) : null;
      return handle?.createReadStream({ ...range, highWaterMark: 256 * 1024 }) ?? null;
    });
  }

  remove(sha256: string): Promise<boolean> {
    return onDisk(async () => {
      if ((await this.size(sha256)) === null) return false;
      await rm(this.#path(sha256), { force: true });
      return true;
    });
  }

  append(key: string, offset: number, chunk: Uint8Array) {
    return onDisk(() => this.#appends.append(key, offset, chunk));
  }

  length(key: string): Promise<number> {
    return this.#appends.length(key);
  }

  readAppended(key: string, start: number, end: number): Promise<Uint8Array> {
    return onDisk(() => this.#appends.read(key, start, end));
  }

  removeAppended(prefix: string): Promise<void> {
    return onDisk(() => this.#appends.remove(prefix));
  }

  #path(sha256: string): string {
    return join(this.#content, sha256.slice(0, 2), sha256.slice(2, 4), sha256);
  }

  /** Synced before it resolves: a manifest that names these bytes may be acknowledged next (C12). */
  #keep(path: string, sha256: string): Promise<void> {
    return moveInto(path, this.#path(sha256), true);
  }
}

/** Tells a file from another that took its place. */
async function markOf(path: string): Promise<string | null> {
  const found = await orNull(stat(path, { bigint: true }));
  return found?.isFile() ? `${found.ino} ${found.size} ${found.mtimeNs}` : null;
}

/** Null when they were torn by a crash or are about another file. */
function parseFacts(text: string, mark: string): BlobFacts | null {
  try {
    const facts = JSON.parse(text) as Partial<BlobFacts & { mark: string }> | null;
    const { size, sha256 } = facts ?? {};
    const holds = typeof size === 'number' && typeof sha256 === 'string' && facts?.mark === mark;
    return holds && SHA256.test(sha256) ? { size, sha256 } : null;
  } catch {
    return null;
  }
}
