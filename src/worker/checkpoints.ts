import { createHash } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type AttemptRef,
  CHECKPOINT_STATE,
  CHECKPOINT_UNREADABLE,
  type Resume,
} from '../protocol/attempt.ts';
import { ArtifactName, type ManifestEntry } from '../protocol/job.ts';
import { uploadFile } from './artifacts.ts';
import { type AttemptApi, encodeName, Refused } from './attempt-api.ts';
import { Fault, persist } from './fault.ts';
import type { InputCache } from './input-cache.ts';
import { messageOf } from './log.ts';
import type { SandboxJob, SaveRequest } from './sandbox/sandbox.ts';

/** Two phases, as for artifacts: the files first, then the manifest that makes them a checkpoint (C9). */
export async function saveCheckpoint(
  api: AttemptApi,
  ref: AttemptRef,
  work: string,
  save: SaveRequest,
  signal: AbortSignal,
): Promise<void> {
  const place = `checkpoints/${save.seq}`;
  const files: ManifestEntry[] = [];
  for (const name of save.files) {
    const path = await plainFile(work, name);
    const file = { name, path, to: `${place}/files/${encodeName(name)}` };
    files.push(await persist(() => uploadFile(api, ref, file, signal), signal));
  }
  if (save.state !== undefined) files.push(await uploadState(api, ref, place, save.state, signal));
  const body = Buffer.from(JSON.stringify({ files }));
  const commit = {
    method: 'PUT',
    path: place,
    body,
    size: body.length,
    type: 'application/json',
    signal,
  } as const;
  await persist(() => api.json(ref, commit), signal);
}

async function plainFile(work: string, name: string): Promise<string> {
  const path = join(work, ...name.split('/'));
  const found = ArtifactName.safeParse(name).success ? await lstat(path).catch(() => undefined) : undefined;
  if (found?.isFile()) return path;
  throw new Fault('user', 'bad_checkpoint', `there is no plain file "${name}" in the work folder`);
}

async function uploadState(
  api: AttemptApi,
  ref: AttemptRef,
  place: string,
  state: string,
  signal: AbortSignal,
): Promise<ManifestEntry> {
  const body = Buffer.from(state);
  const path = `${place}/files/${CHECKPOINT_STATE}`;
  await persist(() => api.json(ref, { method: 'PUT', path, body, size: body.length, signal }), signal);
  const sha256 = createHash('sha256').update(body).digest('hex');
  return { name: CHECKPOINT_STATE, size: body.length, sha256 };
}

/** Puts what an earlier attempt saved into the folder, read-only and verified. */
export async function stageResume(
  cache: InputCache,
  ref: AttemptRef,
  resume: Resume | undefined,
  folder: string,
  signal: AbortSignal,
): Promise<SandboxJob['resume']> {
  if (resume === undefined) return null;
  try {
    for (const file of resume.files) await cache.stage(ref, file, folder, signal, 'resume');
    return { attempt: resume.attempt, folder };
  } catch (error) {
    const definite = error instanceof Fault || (error instanceof Refused && !error.leaseLost);
    if (signal.aborted || !definite) throw error;
    const message = `the checkpoint of attempt ${resume.attempt} cannot be read: ${messageOf(error)}`;
    throw new Fault('infra', CHECKPOINT_UNREADABLE, message);
  }
}
