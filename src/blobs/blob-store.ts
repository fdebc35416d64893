import type { Readable } from 'node:stream';

export interface BlobFacts {
  /** bytes */
  readonly size: number;
  readonly sha256: string;
}

/**
 * Bytes outside the job store. Content lives under its SHA-256 and never changes; what an attempt uploads is first
 * staged under a key of that attempt and only `promote` makes it content (C5). Checkpoints stay staged, for content may be
 * shared and could not be dropped with them. Appended streams (logs) grow by offset.
 */
export interface BlobStore {
  /** Streams content in, hashing it; `expect` makes a mismatch an error `content_mismatch` that leaves nothing behind. */
  write(body: Readable, expect?: Partial<BlobFacts>, limit?: number): Promise<BlobFacts>;
  /** As write, but under a staging key; a second write to the key replaces the first. */
  stage(key: string, body: Readable, limit?: number): Promise<BlobFacts>;
  /** Staged bytes become content by their hash. Missing → null. Repeating it is harmless. */
  promote(key: string, sha256: string): Promise<BlobFacts | null>;
  staged(key: string): Promise<BlobFacts | null>;
  /** The bytes under a staging key. Null when there are none. */
  readStaged(key: string): Promise<Readable | null>;
  /** Of the staging keys that start with the prefix, which ends in `/`: the segments that follow it, each once. */
  listStaged(prefix: string): Promise<readonly string[]>;
  /** Drops every staging key that starts with the prefix. */
  unstage(prefix: string): Promise<void>;

  size(sha256: string): Promise<number | null>;
  /** `end` is inclusive, as in HTTP ranges. Null when there is no such content. */
  read(sha256: string, range?: { readonly start: number; readonly end: number }): Promise<Readable | null>;
  remove(sha256: string): Promise<boolean>;

  /** Appends at `offset`, which must be the current length; answers the new length, or the current one with `ok: false`. */
  append(
    key: string,
    offset: number,
    chunk: Uint8Array,
  ): Promise<{ readonly ok: boolean; readonly length: number }>;
  length(key: string): Promise<number>;
  /** From `start` up to, not including, `end`; fewer bytes where there are fewer. */
  readAppended(key: string, start: number, end: number): Promise<Uint8Array>;
  removeAppended(prefix: string): Promise<void>;
}
