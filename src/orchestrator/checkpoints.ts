import type { Readable } from 'node:stream';
import type { BlobFacts } from '../blobs/blob-store.ts';
import type { StoredCheckpoint } from '../core/job.ts';
import type { AttemptRef, CheckpointManifest } from '../protocol/attempt.ts';
import { fieldErrors, HiveError } from '../protocol/errors.ts';
import type { JobId } from '../protocol/ids.ts';
import { ArtifactName } from '../protocol/job.ts';
import { leaseLost, requireCurrent } from './attempt-fence.ts';
import type { Deps } from './deps.ts';
import type { Content } from './orchestrator.ts';

const checkpointsOf = (job: JobId): string => `checkpoints/${job}/`;

export const attemptName = ({ epoch, nonce }: Pick<AttemptRef, 'epoch' | 'nonce'>): string =>
  `${epoch}-${nonce}`;

const placeOf = (
  job: JobId,
  { epoch, nonce, seq }: Pick<StoredCheckpoint, 'epoch' | 'nonce' | 'seq'>,
): string => `${checkpointsOf(job)}${attemptName({ epoch, nonce })}/${seq}/`;

/** C9, first phase: a file of a checkpoint that nobody can go on from yet. */
export async function stageCheckpoint(
  deps: Deps,
  attempt: AttemptRef,
  seq: number,
  name: string,
  body: Readable,
): Promise<BlobFacts> {
  const parsed = ArtifactName.safeParse(name);
  if (!parsed.success) {
    throw new HiveError('invalid_request', `"${name}" cannot name a file of a checkpoint`, {
      errors: fieldErrors(parsed.error, '/name'),
    });
  }
  await requireCurrent(deps, attempt);
  return deps.blobs.stage(placeOf(attempt.job_id, { ...attempt, seq }) + name, body);
}

/** C9, second phase: the manifest makes the checkpoint whole, under the fence of the store, and drops the one before. */
export async function commitCheckpoint(
  deps: Deps,
  attempt: AttemptRef,
  seq: number,
  { files }: CheckpointManifest,
): Promise<void> {
  const { job_id, epoch, nonce } = attempt;
  const place = placeOf(job_id, { epoch, nonce, seq });
  for (const { name, size, sha256 } of files) {
    const facts = await deps.blobs.staged(place + name);
    if (facts?.size === size && facts.sha256 === sha256) continue;
    // Of a stale attempt they may have been dropped, and it must learn that it is stale.
    await requireCurrent(deps, attempt);
    throw new HiveError('artifact_missing', `"${name}" was not uploaded with this size and hash`);
  }
  const [result] = await deps.store.jobs.commitCheckpoints([
    { attempt: { job_id, epoch, nonce }, seq, files },
  ]);
  if (result === undefined || result.kind === 'lease_lost') throw leaseLost(attempt);
  if (result.kind === 'committed' && result.superseded !== null)
    await deps.blobs.unstage(placeOf(job_id, result.superseded));
}

/** Those of one attempt: the job's next one may already save its own. */
export const dropCheckpoints = (deps: Deps, job: JobId, { epoch, nonce }: StoredCheckpoint): Promise<void> =>
  deps.blobs.unstage(`${checkpointsOf(job)}${attemptName({ epoch, nonce })}/`);

/** A file of the checkpoint that the attempt goes on from, for its worker. */
export async function openResume(deps: Deps, attempt: AttemptRef, name: string): Promise<Content> {
  const job = await requireCurrent(deps, attempt);
  const file = job.checkpoint?.files.find((entry) => entry.name === name);
  const body =
    job.checkpoint === null || file === undefined
      ? null
      : await deps.blobs.readStaged(placeOf(job.id, job.checkpoint) + name);
  if (file === undefined || body === null)
    throw new HiveError('not_found', `job ${job.id} has no checkpoint with a file "${name}"`);
  return { body, size: file.size, sha256: file.sha256, name, content_type: 'application/octet-stream' };
}
