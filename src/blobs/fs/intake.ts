import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { HiveError } from '../../protocol/errors.ts';
import type { BlobFacts } from '../blob-store.ts';

/** Streams a body into a temp file, hashing it on the way; synced, so that a later rename is all that is missing. */
export async function takeIn(
  folder: string,
  body: Readable,
  expect: Partial<BlobFacts>,
  limit: number,
): Promise<BlobFacts & { readonly path: string }> {
  const path = join(folder, randomUUID());
  try {
    const handle = await open(path, 'wx');
    let facts: BlobFacts;
    try {
      facts = await copy(body, handle, limit);
      checkFacts(facts, expect);
      await handle.sync();
    } finally {
      await handle.close();
    }
    return { path, ...facts };
  } catch (error) {
    // Nobody will read the rest of it; its own error is this one or of no more interest.
    body.on('error', () => {}).destroy();
    await rm(path, { force: true });
    throw error;
  }
}

async function copy(body: Readable, handle: FileHandle, limit: number): Promise<BlobFacts> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const part of body) {
    const chunk: Uint8Array = typeof part === 'string' ? Buffer.from(part) : part;
    size += chunk.byteLength;
    if (size > limit) throw new HiveError('payload_too_large', `The content is larger than ${limit} bytes.`);
    hash.update(chunk);
    await writeAll(handle, chunk);
  }
  return { size, sha256: hash.digest('hex') };
}

export async function hashFile(path: string): Promise<BlobFacts> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) {
    size += chunk.byteLength;
    hash.update(chunk);
  }
  return { size, sha256: hash.digest('hex') };
}

export async function writeAll(handle: FileHandle, chunk: Uint8Array, position?: number): Promise<void> {
  let done = 0;
  while (done < chunk.byteLength) {
    const at = position === undefined ? null : position + done;
    done += (await handle.write(chunk, done, chunk.byteLength - done, at)).bytesWritten;
  }
}

function checkFacts(got: BlobFacts, expect: Partial<BlobFacts>): void {
  if (expect.size !== undefined && expect.size !== got.size) {
    throw new HiveError('content_mismatch', `${expect.size} bytes were declared, ${got.size} arrived.`);
  }
  if (expect.sha256 !== undefined && expect.sha256 !== got.sha256) {
    throw new HiveError(
      'content_mismatch',
      `The content has the SHA-256 ${got.sha256}, not ${expect.sha256}.`,
    );
  }
}
