import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { chmod, mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { AttemptRef } from '../protocol/attempt.ts';
import { ArtifactName, type ManifestEntry } from '../protocol/job.ts';
import { type AttemptApi, encodeName } from './attempt-api.ts';
import { Fault, persist } from './fault.ts';
import { codeOf, placeFile } from './placed-file.ts';

/** Every cached file carries this time: another one shows that somebody wrote to it. */
const SEALED = new Date('2000-01-01T00:00:00Z');

/** Where below the attempt a file is fetched: an input of the job, or what an earlier attempt saved. */
type Area = 'inputs' | 'resume';
type Open = (name: string, signal: AbortSignal) => Promise<Readable>;

/** Input files by content, so that jobs with the same input fetch it once; the least recently used make room. */
export class InputCache {
  readonly #folder: string;
  readonly #limit: number;
  readonly #api: AttemptApi;
  readonly #fetching = new Map<string, Promise<void>>();
  readonly #used = new Map<string, number>();

  constructor(folder: string, limitBytes: number, api: AttemptApi) {
    this.#folder = folder;
    this.#limit = limitBytes;
    this.#api = api;
  }

  /** Puts one input into the attempt's folder, read-only. */
  async stage(
    ref: AttemptRef,
    input: ManifestEntry,
    folder: string,
    signal: AbortSignal,
    area: Area = 'inputs',
  ): Promise<void> {
    if (!ArtifactName.safeParse(input.name).success || !/^[0-9a-f]{64}$/.test(input.sha256)) {
      throw new Fault('infra', 'bad_assignment', `the input "${input.name}" has a bad name or hash`);
    }
    const cached = join(this.#folder, input.sha256);
    const target = join(folder, ...input.name.split('/'));
    await mkdir(dirname(target), { recursive: true });
    for (;;) {
      if (!(await this.#isWhole(cached, input.size)))
        await this.#fetchOnce(this.#from(ref, area), input, cached, signal);
      this.#used.set(input.sha256, Date.now());
      if (await placed(cached, target, input.name)) return;
    }
  }

  /** Opens the file at the orchestrator. */
  #from(ref: AttemptRef, area: Area): Open {
    return (name, signal) =>
      this.#api.open(ref, { method: 'GET', path: `${area}/${encodeName(name)}`, signal });
  }

  async #isWhole(path: string, size: number): Promise<boolean> {
    const facts = await stat(path).catch(() => undefined);
    if (facts === undefined) return false;
    if (facts.size === size && facts.mtimeMs === SEALED.getTime()) return true;
    await rm(path, { force: true });
    return false;
  }

  /** Two attempts that want the same bytes wait for one transfer; a failed one is tried again by who still waits. */
  async #fetchOnce(open: Open, input: ManifestEntry, path: string, signal: AbortSignal): Promise<void> {
    const other = this.#fetching.get(input.sha256);
    if (other !== undefined) {
      await other.catch(() => {});
      signal.throwIfAborted();
      return;
    }
    const fetching = this.#fetch(open, input, path, signal);
    this.#fetching.set(input.sha256, fetching);
    try {
      await fetching;
    } finally {
      this.#fetching.delete(input.sha256);
    }
  }

  async #fetch(open: Open, input: ManifestEntry, path: string, signal: AbortSignal): Promise<void> {
    await this.#makeRoom(input.size);
    const partial = `${path}.${randomUUID()}`;
    try {
      let wrong = 0;
      await persist(async () => {
        const found = await this.#download(await open(input.name, signal), partial, signal);
        if (found === input.sha256) return;
        wrong += 1;
        const message = `input "${input.name}" arrived with sha256 ${found} instead of ${input.sha256}`;
        throw wrong < 3 ? new Error(message) : new Fault('infra', 'input_corrupt', message);
      }, signal);
      await chmod(partial, 0o444);
      await utimes(partial, SEALED, SEALED);
      await rename(partial, path);
    } finally {
      await rm(partial, { force: true });
    }
  }

  async #download(body: Readable, path: string, signal: AbortSignal): Promise<string> {
    const hash = createHash('sha256');
    const hashing = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        done(null, chunk);
      },
    });
    await pipeline(body, hashing, createWriteStream(path), { signal });
    return hash.digest('hex');
  }

  /** Files that an attempt has linked are in use and stay: removing their name would free nothing. */
  async #makeRoom(size: number): Promise<void> {
    const files: { name: string; size: number; used: number }[] = [];
    let total = size;
    for (const name of await readdir(this.#folder)) {
      const facts = await stat(join(this.#folder, name)).catch(() => undefined);
      if (facts === undefined) continue;
      total += facts.size;
      const free = facts.nlink <= 1 && !name.includes('.');
      if (free) files.push({ name, size: facts.size, used: this.#used.get(name) ?? facts.ctimeMs });
    }
    files.sort((a, b) => a.used - b.used);
    for (const file of files) {
      if (total <= this.#limit) return;
      await rm(join(this.#folder, file.name), { force: true });
      this.#used.delete(file.name);
      total -= file.size;
    }
  }
}

/** False when eviction was quicker. */
async function placed(from: string, to: string, name: string): Promise<boolean> {
  try {
    if (await placeFile(from, to)) return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
  throw new Fault('infra', 'bad_assignment', `two inputs are called "${name}"`);
}
