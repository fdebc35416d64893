import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { BlobFacts, BlobStore } from '../blobs/blob-store.ts';

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const factsOf = (bytes: Uint8Array): BlobFacts => ({ size: bytes.length, sha256: sha256Of(bytes) });

async function takeIn(body: Readable): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Blobs in maps, durable at once as the contract of BlobStore asks; what goes wrong around them is not theirs. */
export class BlobModel implements BlobStore {
  readonly content = new Map<string, Uint8Array>();
  readonly stagedBlobs = new Map<string, Uint8Array>();
  readonly appended = new Map<string, Uint8Array>();

  async write(body: Readable): Promise<BlobFacts> {
    const bytes = await takeIn(body);
    const facts = factsOf(bytes);
    this.content.set(facts.sha256, bytes);
    return facts;
  }

  async stage(key: string, body: Readable): Promise<BlobFacts> {
    const bytes = await takeIn(body);
    this.stagedBlobs.set(key, bytes);
    return factsOf(bytes);
  }

  async promote(key: string, sha256: string): Promise<BlobFacts | null> {
    const bytes = this.stagedBlobs.get(key);
    if (bytes !== undefined && sha256Of(bytes) === sha256) {
      this.content.set(sha256, bytes);
      this.stagedBlobs.delete(key);
    }
    const kept = this.content.get(sha256);
    return kept === undefined ? null : { size: kept.length, sha256 };
  }

  async staged(key: string): Promise<BlobFacts | null> {
    const bytes = this.stagedBlobs.get(key);
    return bytes === undefined ? null : factsOf(bytes);
  }

  async readStaged(key: string): Promise<Readable | null> {
    const bytes = this.stagedBlobs.get(key);
    return bytes === undefined ? null : Readable.from([bytes]);
  }

  async listStaged(prefix: string): Promise<readonly string[]> {
    const below = [...this.stagedBlobs.keys()].filter((key) => key.startsWith(prefix));
    return [...new Set(below.map((key) => key.slice(prefix.length).split('/')[0] ?? ''))].sort();
  }

  async unstage(prefix: string): Promise<void> {
    for (const key of [...this.stagedBlobs.keys()]) if (key.startsWith(prefix)) this.stagedBlobs.delete(key);
  }

  async size(sha256: string): Promise<number | null> {
    return this.content.get(sha256)?.length ?? null;
  }

  async read(sha256: string): Promise<Readable | null> {
    const bytes = this.content.get(sha256);
    return bytes === undefined ? null : Readable.from([bytes]);
  }

  async remove(sha256: string): Promise<boolean> {
    return this.content.delete(sha256);
  }

  async append(key: string, offset: number, chunk: Uint8Array): Promise<{ ok: boolean; length: number }> {
    const before = this.appended.get(key) ?? new Uint8Array();
    if (before.length !== offset) return { ok: false, length: before.length };
    this.appended.set(key, Buffer.concat([before, chunk]));
    return { ok: true, length: before.length + chunk.length };
  }

  async length(key: string): Promise<number> {
    return this.appended.get(key)?.length ?? 0;
  }

  async readAppended(key: string, start: number, end: number): Promise<Uint8Array> {
    return (this.appended.get(key) ?? new Uint8Array()).subarray(start, end);
  }

  async removeAppended(prefix: string): Promise<void> {
    for (const key of [...this.appended.keys()]) if (key.startsWith(prefix)) this.appended.delete(key);
  }
}
