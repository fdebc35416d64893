import type { Verbs } from '../verbs.ts';
import { IDEMPOTENCY_MS } from './insert.ts';
import { isoTime } from './iso-time.ts';

export const prune: Verbs['prune'] = (tables, [query], now) => {
  const ended = tables.endedBefore(query.jobs_before, query.limit);
  for (const job of ended) tables.removeJob(job);
  tables.forgetIdempotency(now - IDEMPOTENCY_MS, query.limit);
  const events = tables.dropEvents(isoTime(query.events_before), query.max_events, query.limit);
  return { jobs: ended.length, events };
};
