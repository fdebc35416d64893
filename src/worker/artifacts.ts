import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describeLeftOut, listPlainFiles } from '../modules/exec/plain-files.ts';
import type { AttemptRef } from '../protocol/attempt.ts';
import type { ManifestEntry } from '../protocol/job.ts';
import { type AttemptApi, encodeName, Refused } from './attempt-api.ts';
import { Fault, persist } from './fault.ts';

const MAX_FILES = 10_000;
const AT_ONCE = 4;

/** Uploads every file of the folder; answers with the manifest that the outcome commits (C5). */
export async function uploadArtifacts(
  api: AttemptApi,
  ref: AttemptRef,
  folder: string,
  signal: AbortSignal,
  warn: (line: string) => void,
): Promise<ManifestEntry[]> {
  const names = await listFiles(folder, warn);
  const entries: ManifestEntry[] = [];
  const waiting = [...names];
  const work = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const file = { name, path: join(folder, name), to: `artifacts/${encodeName(name)}` };
      entries.push(await persist(() => uploadFile(api, ref, file, signal), signal));
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, names.length) }, work));
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function listFiles(folder: string, warn: (line: string) => void): Promise<readonly string[]> {
  const { names, leftOut } = await listPlainFiles(folder);
  for (const line of describeLeftOut(leftOut)) warn(`[hive] ${line}`);
  if (names.length > MAX_FILES) {
    const message = `${names.length} files were left, ${MAX_FILES} can become artifacts`;
    throw new Fault('user', 'too_many_artifacts', message, 'pack them into one archive');
  }
  return names;
}

/** One call: hashes the file on its way. */
export async function uploadFile(
  api: AttemptApi,
  ref: AttemptRef,
  { name, path, to }: { readonly name: string; readonly path: string; readonly to: string },
  signal: AbortSignal,
): Promise<ManifestEntry> {
  const { size } = await stat(path);
  const hash = createHash('sha256');
  async function* hashed(): AsyncGenerator<Buffer> {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      yield chunk;
    }
  }
  const body = size === 0 ? new Uint8Array() : Readable.from(hashed(), { objectMode: false });
  try {
    await api.json(ref, { method: 'PUT', path: to, body, size, signal });
  } catch (error) {
    if (error instanceof Refused && error.status === 413) {
      throw new Fault('user', 'artifact_too_large', `${name} has ${size} bytes: ${error.message}`);
    }
    throw error;
  }
  return { name, size, sha256: hash.digest('hex') };
}
