import type { Readable } from 'node:stream';
import type { BlobFacts } from '../blobs/blob-store.ts';
import type { JobRecord, StoredArtifact } from '../core/job.ts';
import type { AttemptRef } from '../protocol/attempt.ts';
import { fieldErrors, HiveError } from '../protocol/errors.ts';
import type { ArtifactId, JobId } from '../protocol/ids.ts';
import { ArtifactName } from '../protocol/job.ts';
import { requireCurrent } from './attempt-fence.ts';
import type { Deps } from './deps.ts';
import type { Caller, Range, Ranged } from './orchestrator.ts';
import { readJob } from './read-job.ts';

/** Where an attempt's files wait for its outcome; the nonce keeps two attempts of one epoch apart. */
export const stagingPrefix = (attempt: AttemptRef): string =>
  `staging/${attempt.job_id}/${attempt.epoch}-${attempt.nonce}/`;

export async function stageArtifact(
  deps: Deps,
  attempt: AttemptRef,
  name: string,
  body: Readable,
): Promise<BlobFacts> {
  const parsed = ArtifactName.safeParse(name);
  if (!parsed.success) {
    throw new HiveError('invalid_request', `"${name}" cannot name an artifact`, {
      errors: fieldErrors(parsed.error, '/name'),
    });
  }
  await requireCurrent(deps, attempt);
  return deps.blobs.stage(stagingPrefix(attempt) + name, body);
}

export async function openArtifact(
  deps: Deps,
  key: ArtifactId | { readonly job: JobId; readonly name: string },
  caller: Caller,
  range?: Range,
): Promise<Ranged> {
  const artifact = typeof key === 'string' ? await byId(deps, key, caller) : await byName(deps, key, caller);
  const sent = range === undefined ? null : resolveRange(range, artifact.size);
  const body = await deps.blobs.read(artifact.sha256, sent ?? undefined);
  if (body === null) {
    throw new HiveError('internal', `the content of artifact ${artifact.id} is missing from the blob store`, {
      hint: 'restore the blobs folder from a backup',
    });
  }
  const { size, sha256, name, content_type } = artifact;
  return { body, size, sha256, name, content_type, range: sent };
}

async function byId(deps: Deps, id: ArtifactId, caller: Caller): Promise<StoredArtifact> {
  const found = await deps.store.jobs.getJob({ artifact: id });
  const artifact =
    found?.job.tenant === caller.tenant ? find(found.job, (entry) => entry.id === id) : undefined;
  if (artifact === undefined) throw new HiveError('artifact_not_found', `there is no artifact ${id}`);
  return artifact;
}

async function byName(
  deps: Deps,
  key: { readonly job: JobId; readonly name: string },
  caller: Caller,
): Promise<StoredArtifact> {
  const job = await readJob(deps, key.job, caller);
  const artifact = find(job, (entry) => entry.name === key.name);
  if (artifact !== undefined) return artifact;
  const names = job.artifacts.map((entry) => entry.name).slice(0, 20);
  throw new HiveError('artifact_not_found', `job ${job.id} has no artifact "${key.name}"`, {
    hint: names.length > 0 ? `it has ${names.join(', ')}` : `it has none; its state is ${job.status.state}`,
  });
}

const find = (job: JobRecord, which: (artifact: StoredArtifact) => boolean): StoredArtifact | undefined =>
  job.artifacts.find(which);

/** RFC 9110 §14: a negative start counts from the end; an end beyond the content is cut. */
function resolveRange(range: Range, size: number): { start: number; end: number } {
  const start = range.start < 0 ? Math.max(0, size + range.start) : range.start;
  const end = Math.min(range.end ?? size - 1, size - 1);
  if (start > end)
    throw new HiveError(
      'range_not_satisfiable',
      `bytes ${range.start}-${range.end ?? ''} lie outside 0-${size - 1}`,
    );
  return { start, end };
}
