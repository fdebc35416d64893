import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { HiveClient } from '../client/index.ts';
import type { Artifact } from '../protocol/job.ts';
import { CliError, EXIT } from './exit.ts';

export type Saved = 'saved' | 'kept';

/** Where the artifact goes below the folder; a name that would lead out of it is refused. */
export function placeIn(folder: string, name: string): string {
  const root = resolve(folder);
  const path = resolve(root, name);
  const inside = relative(root, path);
  const escapes = inside === '' || inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside);
  if (escapes || name.includes('\0')) {
    throw new CliError(EXIT.error, 'unsafe_name', `the artifact name "${name}" leads out of ${root}`);
  }
  return path;
}

/**
 * Downloads to a part file beside the target, checks size and hash, and only then puts it in place: what stands under
 * the final name is always whole. A part file of a broken download is taken up where it ended.
 */
export async function saveArtifact(
  client: HiveClient,
  artifact: Artifact,
  path: string,
  signal?: AbortSignal,
): Promise<Saved> {
  if ((await hashOfFile(path))?.digest('hex') === artifact.sha256) return 'kept';
  await mkdir(dirname(path), { recursive: true });
  const part = `${path}.${artifact.sha256.slice(0, 12)}.part`;
  const hash = await fetchInto(client, artifact, part, signal);
  if (hash !== artifact.sha256) {
    await rm(part, { force: true });
    const message = `${artifact.name} arrived damaged: its SHA-256 is ${hash}, not ${artifact.sha256}`;
    throw new CliError(
      EXIT.error,
      'content_mismatch',
      message,
      'try again; if it stays so, the store is damaged',
    );
  }
  await rename(part, path);
  return 'saved';
}

async function fetchInto(
  client: HiveClient,
  artifact: Artifact,
  part: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const have = (await sizeOf(part)) ?? 0;
  if (have === artifact.size && have > 0) return (await hashOfFile(part))?.digest('hex') ?? '';
  const offset = have < artifact.size ? have : 0;
  const download = await client.artifacts.download(artifact.id, { offset, signal });
  const hash =
    download.offset > 0 ? ((await hashOfFile(part)) ?? createHash('sha256')) : createHash('sha256');
  const file = await open(part, download.offset > 0 ? 'a' : 'w');
  try {
    for await (const bytes of download.body) {
      hash.update(bytes);
      await file.write(bytes);
    }
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}

async function sizeOf(path: string): Promise<number | undefined> {
  const facts = await stat(path).catch(() => undefined);
  return facts?.isFile() ? facts.size : undefined;
}

/** The hash so far of a file's bytes; undefined when there is no such file. */
async function hashOfFile(path: string): Promise<Hash | undefined> {
  if ((await sizeOf(path)) === undefined) return undefined;
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(path)) hash.update(bytes as Uint8Array);
  return hash;
}

/** Refuses a folder below the root that is a link out of it: the server chose the names, not the user. */
export async function refuseLinkedFolder(folder: string, path: string): Promise<void> {
  const root = await realpath(folder);
  let at = dirname(path);
  for (; at.length > resolve(folder).length; at = dirname(at)) {
    const real = await realpath(at).catch(() => undefined);
    if (real === undefined) continue;
    const inside = relative(root, real);
    if (inside.startsWith('..') || isAbsolute(inside)) {
      throw new CliError(EXIT.error, 'unsafe_name', `${join(at)} is a link that leads out of ${root}`);
    }
    return;
  }
}
