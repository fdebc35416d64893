import type { JobRecord } from '../../core/job.ts';
import { uniqueName } from '../../core/limits.ts';
import type { JobId } from '../../protocol/ids.ts';
import { isTerminal } from '../../protocol/job-state.ts';
import type { InsertItem, InsertResult } from '../job-store.ts';
import type { Tables } from '../tables.ts';
import type { Verbs } from '../verbs.ts';
import { jobEvent, tellChild } from './job-change.ts';

/** C6: a key answers with its job for this long. */
export const IDEMPOTENCY_MS = 24 * 3_600_000;

export const insertJobs: Verbs['insertJobs'] = (tables, [items, options], now) => {
  const keys = items.flatMap(({ idempotency }) => idempotency?.key ?? []);
  if (keys.length > 0) {
    tables.fetchIdempotency(keys);
    tables.fetchJobs(keys.flatMap((key) => tables.idempotency(key)?.job_id ?? []));
  }
  const linked = items.some(({ job }) => job.depends_on.length > 0);
  if (linked) fetchParents(tables, items);
  const refused = options?.whole === true ? refusalOfAll(tables, items, now) : null;
  if (refused !== null) return items.map(() => refused);
  return linked ? insertLinked(tables, items, now) : items.map((item) => insert(tables, item, now));
};

function fetchParents(tables: Tables, items: readonly InsertItem[]): void {
  const own = new Set(items.map(({ job }) => job.id));
  tables.fetchJobs([...new Set(items.flatMap(({ job }) => job.depends_on))].filter((id) => !own.has(id)));
}

/** An item that is answered with an older job is that job to those of the batch that depend on it. */
function insertLinked(tables: Tables, items: readonly InsertItem[], now: number): InsertResult[] {
  const known = new Map<JobId, JobId>();
  return items.map((item) => {
    const { job } = item;
    const depends_on = [...new Set(job.depends_on.map((id) => known.get(id) ?? id))];
    const changed = job.depends_on.some((id) => known.has(id));
    const linked = changed ? { ...job, depends_on, waits_for: depends_on } : job;
    const result = insert(tables, { ...item, job: linked }, now);
    if (result.kind === 'replayed' || result.kind === 'existing') known.set(job.id, result.job.id);
    return result;
  });
}

/** What would refuse one of them, looked for before the first is stored; a replay is none. */
function refusalOfAll(tables: Tables, items: readonly InsertItem[], now: number): InsertResult | null {
  const own = new Set(items.map(({ job }) => job.id));
  const known = items.map(({ idempotency }) =>
    idempotency === undefined ? null : recall(tables, idempotency, now),
  );
  if (known.every((result) => result?.kind === 'replayed')) return null;
  for (const { job } of items) {
    const orphan = job.depends_on.find((id) => !own.has(id) && tables.job(id)?.tenant !== job.tenant);
    if (orphan !== undefined) return { kind: 'unknown_parent', parent: orphan };
  }
  const conflict = known.find((result) => result !== null);
  if (conflict !== undefined && conflict !== null) return { kind: 'conflict' };
  const [first] = items;
  return first === undefined ? null : fullFor(tables, first.job.tenant, items.length);
}

function fullFor(tables: Tables, tenant: string, more: number): InsertResult | null {
  const most = tables.quota(tenant)?.max_waiting ?? null;
  const waiting = tables.waitingOf(tenant);
  if (most !== null && waiting + more > most) return { kind: 'quota_full', tenant, waiting, most };
  const queued = tables.countOf('queued') + tables.countOf('blocked');
  return queued + more > tables.max_queued ? { kind: 'queue_full', queued } : null;
}

function insert(tables: Tables, item: InsertItem, now: number): InsertResult {
  const known = item.idempotency === undefined ? null : recall(tables, item.idempotency, now);
  if (known !== null) return known;
  const existing = sameUnique(tables, item.job);
  if (existing !== null) return { kind: 'existing', job: existing };
  const orphan = item.job.depends_on.find((id) => tables.job(id)?.tenant !== item.job.tenant);
  if (orphan !== undefined) return { kind: 'unknown_parent', parent: orphan };
  const full = fullFor(tables, item.job.tenant, 1);
  if (full !== null) return full;
  tables.insertJob(item.job);
  tables.append(jobEvent(item.job, now));
  if (item.idempotency !== undefined) {
    tables.saveIdempotency({ ...item.idempotency, job_id: item.job.id, at: now });
  }
  return { kind: 'created', job: noteEndedParents(tables, item.job, now) };
}

/** Parents that had ended before count at once. */
function noteEndedParents(tables: Tables, job: JobRecord, now: number): JobRecord {
  for (const parent of job.depends_on) {
    const state = tables.job(parent)?.status.state;
    if (state !== undefined && isTerminal(state)) tellChild(tables, job.id, parent, state, now);
  }
  return job.depends_on.length === 0 ? job : (tables.job(job.id) ?? job);
}

function sameUnique(tables: Tables, { tenant, unique_key }: JobRecord): JobRecord | null {
  if (unique_key === null) return null;
  const id = tables.openWith(uniqueName(tenant, unique_key));
  return id === null ? null : tables.job(id);
}

function recall(
  tables: Tables,
  { key, hash }: { readonly key: string; readonly hash: string },
  now: number,
): InsertResult | null {
  const entry = tables.idempotency(key);
  if (entry === null || entry.at + IDEMPOTENCY_MS <= now) return null;
  const job = tables.job(entry.job_id);
  if (job === null) return null;
  return entry.hash === hash ? { kind: 'replayed', job } : { kind: 'conflict' };
}
