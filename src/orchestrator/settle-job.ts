import type { JobRecord, StoredArtifact } from '../core/job.ts';
import type { AttemptRef, Outcome } from '../protocol/attempt.ts';
import type { OutcomeVerdict } from '../protocol/channel.ts';
import { type ArtifactId, makeId } from '../protocol/ids.ts';
import type { ManifestEntry } from '../protocol/job.ts';
import { stagingPrefix } from './artifacts.ts';
import { hashOf } from './canonical.ts';
import { contentTypeOf } from './content-type.ts';
import type { Deps } from './deps.ts';

export interface Verdict {
  readonly verdict: OutcomeVerdict;
  readonly message?: string;
  readonly job?: JobRecord;
}

/**
 * The one road by which an attempt ends, whoever says so. Its files become content first and visible last: the store
 * commits the manifest together with the outcome (C5), or refuses both.
 */
export async function settleAttempt(deps: Deps, attempt: AttemptRef, outcome: Outcome): Promise<Verdict> {
  const manifest = 'artifacts' in outcome ? outcome.artifacts : [];
  const missing = await promoteAll(deps, attempt, manifest);
  if (missing !== null)
    return { verdict: 'artifact_missing', message: `"${missing}" was not uploaded with this size and hash` };
  const [result] = await deps.store.jobs.settle([
    {
      attempt: { job_id: attempt.job_id, epoch: attempt.epoch, nonce: attempt.nonce },
      outcome,
      hash: hashOf(outcome),
      artifacts: manifest.map((entry) => named(deps, entry)),
      jitter: deps.jitter(),
    },
  ]);
  if (manifest.length > 0 && result?.kind !== 'conflict') await deps.blobs.unstage(stagingPrefix(attempt));
  if (result === undefined) return { verdict: 'lease_lost' };
  return result.kind === 'committed' ? { verdict: 'committed', job: result.job } : { verdict: result.kind };
}

/** The name of the first file that is missing, or null when all are content now. */
async function promoteAll(
  deps: Deps,
  attempt: AttemptRef,
  manifest: readonly ManifestEntry[],
): Promise<string | null> {
  for (const entry of manifest) {
    const facts = await deps.blobs.promote(stagingPrefix(attempt) + entry.name, entry.sha256);
    // An outcome that is sent again finds its staging gone and its content there.
    const size = facts?.size ?? (await deps.blobs.size(entry.sha256));
    if (size !== entry.size) return entry.name;
  }
  return null;
}

const named = (deps: Deps, entry: ManifestEntry): StoredArtifact => ({
  ...entry,
  id: makeId('art', deps.time.now(), deps.randomBytes(10)) as ArtifactId,
  content_type: contentTypeOf(entry.name),
});
