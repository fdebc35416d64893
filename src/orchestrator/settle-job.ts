import { hash } from 'node:crypto';
import type { StoredArtifact } from '../core/job.ts';
import type { AttemptRef, Outcome } from '../protocol/attempt.ts';
import type { OutcomeVerdict } from '../protocol/channel.ts';
import { type ArtifactId, makeId } from '../protocol/ids.ts';
import type { ManifestEntry } from '../protocol/job.ts';
import type { SettleItem, SettleResult } from '../store/job-store.ts';
import { stagingPrefix } from './artifacts.ts';
import { dropCheckpoints } from './checkpoints.ts';
import { contentTypeOf } from './content-type.ts';
import type { Deps } from './deps.ts';

export interface Verdict {
  readonly verdict: OutcomeVerdict;
  readonly message?: string;
}

/**
 * The one road by which an attempt ends, whoever says so. Its files become content first and visible last: the store
 * commits the manifest together with the outcome (C5), or refuses both.
 */
export async function settleAttempt(deps: Deps, attempt: AttemptRef, outcome: Outcome): Promise<Verdict> {
  const [verdict] = await settleAttempts(deps, [{ attempt, outcome }]);
  return verdict ?? { verdict: 'lease_lost' };
}

export interface End {
  readonly attempt: AttemptRef;
  readonly outcome: Outcome;
}

/** Many at once, in one commit; each with its own verdict, in the same order. */
export async function settleAttempts(
  deps: Deps,
  ends: readonly End[],
  { begun = false } = {},
): Promise<readonly Verdict[]> {
  const missing = ends.some((end) => manifestOf(end).length > 0)
    ? await Promise.all(ends.map((end) => promoteAll(deps, end.attempt, manifestOf(end))))
    : [];
  const whole = ends.filter((_, index) => (missing[index] ?? null) === null);
  const results =
    whole.length === 0 ? [] : await deps.store.jobs.settle(whole.map((end) => itemOf(deps, end, begun)));
  for (const [index, end] of whole.entries()) {
    const result = results[index];
    if (manifestOf(end).length > 0 && result?.kind !== 'conflict')
      await deps.blobs.unstage(stagingPrefix(end.attempt));
    if (result?.kind === 'committed' && result.forsaken !== undefined)
      await dropCheckpoints(deps, end.attempt.job_id, result.forsaken);
  }
  let next = 0;
  return ends.map((_, index) => {
    const name = missing[index] ?? null;
    if (name !== null)
      return { verdict: 'artifact_missing', message: `"${name}" was not uploaded with this size and hash` };
    return verdictOf(results[next++]);
  });
}

const manifestOf = ({ outcome }: End): readonly ManifestEntry[] =>
  'artifacts' in outcome ? outcome.artifacts : [];

function itemOf(deps: Deps, end: End, begun: boolean): SettleItem {
  const { job_id, epoch, nonce } = end.attempt;
  return {
    attempt: { job_id, epoch, nonce },
    outcome: end.outcome,
    // A worker that repeats itself repeats the bytes; the order of keys at the top is the schema's.
    hash: end.outcome.status === 'succeeded' ? null : hash('sha256', JSON.stringify(end.outcome)),
    artifacts: manifestOf(end).map((entry) => named(deps, entry)),
    // Only what may be tried again has a back-off.
    jitter: end.outcome.status === 'succeeded' ? 0 : deps.jitter(),
    begun,
  };
}

function verdictOf(result: SettleResult | undefined): Verdict {
  if (result === undefined) return { verdict: 'lease_lost' };
  return { verdict: result.kind };
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
