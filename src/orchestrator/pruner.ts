import type { Deps } from './deps.ts';
import { removeForsaken } from './forsaken-files.ts';
import { removeExpiredUploads } from './input-files.ts';

const DAY_MS = 86_400_000;

export interface Retention {
  /** Ended jobs older than this go, with their artifacts' manifest; null keeps them. */
  readonly jobs_days: number | null;
  readonly events_days: number;
  readonly max_events: number;
}
export const DEFAULT_RETENTION: Retention = { jobs_days: null, events_days: 7, max_events: 1_000_000 };

/**
 * One pass of forgetting: old events, old jobs if the operator said so, uploads that no job named in time, and staged
 * files that nobody will ask for.
 */
export async function pruneOnce(deps: Deps, retention: Retention): Promise<undefined> {
  const now = deps.time.now();
  const pruned = await deps.store.jobs.prune({
    jobs_before: retention.jobs_days === null ? 0 : now - retention.jobs_days * DAY_MS,
    events_before: now - retention.events_days * DAY_MS,
    max_events: retention.max_events,
    limit: 1000,
  });
  const uploads = await removeExpiredUploads(deps);
  const forsaken = await removeForsaken(deps);
  if (pruned.jobs + pruned.events + uploads + forsaken > 0)
    deps.log.info({ ...pruned, uploads, forsaken }, 'pruned');
}
