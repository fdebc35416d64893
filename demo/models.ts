import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { HiveClient } from '../src/client/index.ts';
import type { Job } from '../src/protocol/job.ts';

export interface SavedModel {
  readonly prompt: string;
  readonly path: string;
  readonly picture: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly triangles: number;
  readonly watertight: boolean;
  readonly errors: number;
  readonly warnings: number;
  readonly queued_ms: number;
  readonly starting_ms: number;
  readonly running_ms: number;
  readonly attempt: number;
  /** closed, clean, and the bytes on disk are the bytes that were announced */
  readonly sound: boolean;
}

interface ModelOutput {
  readonly triangles: number;
  readonly watertight: boolean;
  readonly validator: { readonly errors: number; readonly warnings: number };
}

/** Downloads the model and its picture, and checks the bytes against their announced hashes. */
export async function saveModel(hive: HiveClient, job: Job, dir: string): Promise<SavedModel> {
  const prompt = String(job.input.prompt);
  const base = prompt.replace(/[^a-z0-9]+/gi, '-').slice(0, 48);
  const model = await save(hive, job, '.glb', join(dir, `${base}.glb`));
  const picture = await save(hive, job, '.png', join(dir, `${base}.png`));
  const { triangles, watertight, validator } = job.output as ModelOutput;
  return {
    prompt,
    path: relative(process.cwd(), model.path),
    picture: relative(process.cwd(), picture.path),
    sha256: model.sha256,
    bytes: model.bytes,
    triangles,
    watertight,
    errors: validator.errors,
    warnings: validator.warnings,
    queued_ms: job.timings.queued_ms ?? 0,
    starting_ms: job.timings.starting_ms ?? 0,
    running_ms: job.timings.running_ms ?? 0,
    attempt: job.attempt,
    sound: model.intact && picture.intact && watertight && validator.errors + validator.warnings === 0,
  };
}

interface SavedFile {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly intact: boolean;
}

async function save(hive: HiveClient, job: Job, ending: string, path: string): Promise<SavedFile> {
  const artifact = job.artifacts.find((candidate) => candidate.name.endsWith(ending));
  if (artifact === undefined) throw new Error(`job ${job.id} left no ${ending} file`);
  const hash = createHash('sha256');
  const parts: Uint8Array[] = [];
  for await (const part of (await hive.artifacts.download(artifact.id)).body) {
    hash.update(part);
    parts.push(part);
  }
  const bytes = Buffer.concat(parts);
  writeFileSync(path, bytes);
  const sha256 = hash.digest('hex');
  return { path, sha256, bytes: bytes.length, intact: sha256 === artifact.sha256 };
}
