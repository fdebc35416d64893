import type { JobRecord } from '../../core/job.ts';
import type { JobId } from '../../protocol/ids.ts';
import type { JobState } from '../../protocol/job.ts';
import { JOB_STATES } from '../../protocol/job-state.ts';
import type { RecordKind } from '../../protocol/records.ts';
import type { JobFilter, PlacedJob } from '../job-store.ts';
import type { Reads } from '../reads.ts';
import type { RecordPage, RecordQuery } from '../record-store.ts';
import type { RecordRow } from '../tables.ts';
import { limitOn } from '../verbs/limit.ts';
import type { MemoryTables } from './memory-tables.ts';

export function memoryReads(tables: MemoryTables): Reads {
  return {
    getJob: (key) => {
      const id = 'job' in key ? key.job : tables.jobOfArtifact(key.artifact);
      return id === null ? null : placed(tables, id);
    },
    listJobs: ({ after, limit, ...filter }) => {
      const page: JobRecord[] = [];
      const from = after === undefined ? undefined : numberOf(tables, after);
      for (const n of tables.all.backwards(from)) {
        if (page.length >= limit) break;
        const [slot] = tables.jobs.byNumbers([n]);
        if (slot !== undefined && matches(slot.job, filter)) page.push(slot.job);
      }
      return page;
    },
    countJobs: (group) => ({
      by_state: Object.fromEntries(
        JOB_STATES.map((state) => [
          state,
          group === undefined ? tables.countOf(state) : countIn(tables, { ...group, state: [state] }),
        ]),
      ) as Record<JobState, number>,
    }),
    readEvents: (query) => tables.log.read(query),
    getRecord: (kind, id) => {
      const row = tables.records.get(kind)?.get(id);
      return row === undefined ? null : { id, version: row.version, value: row.value };
    },
    listRecords: (kind, query) => listRecords(tables, kind, query),
  };
}

function countIn(tables: MemoryTables, filter: JobFilter): number {
  let count = 0;
  for (const job of tables.jobs.records()) if (matches(job, filter)) count += 1;
  return count;
}

function placed(tables: MemoryTables, id: JobId): PlacedJob | null {
  const job = tables.job(id);
  return job === null ? null : { job, position: tables.jobs.positionOf(job), limited: limitOn(tables, job) };
}

/** Where a page begins; a job that was pruned since leaves its place to the next older one. */
function numberOf(tables: MemoryTables, id: JobId): number {
  const slot = tables.jobs.peek(id);
  if (slot !== null) return slot.n;
  let older = 0;
  for (const { n, job } of tables.jobs.slots()) if (job.id < id) older = Math.max(older, n);
  return older + 1;
}

function matches(job: JobRecord, filter: JobFilter): boolean {
  return (
    (filter.tenant === undefined || job.tenant === filter.tenant) &&
    (filter.state === undefined || filter.state.includes(job.status.state)) &&
    (filter.group_id === undefined || job.group_id === filter.group_id) &&
    (filter.module === undefined || job.module === filter.module) &&
    (filter.worker_id === undefined || job.last_worker_id === filter.worker_id) &&
    Object.entries(filter.labels ?? {}).every(([key, value]) => job.labels[key] === value)
  );
}

function listRecords(tables: MemoryTables, kind: RecordKind, query: RecordQuery): RecordPage<unknown> {
  const { where, after, limit } = query;
  const fits = ([id, row]: [string, RecordRow]): boolean =>
    (after === undefined || id > after) && (where === undefined || row.indexed[where.index] === where.equals);
  const found = [...(tables.records.get(kind) ?? [])].filter(fits).sort(([a], [b]) => (a < b ? -1 : 1));
  const page = found.slice(0, limit);
  return {
    records: page.map(([id, { version, value }]) => ({ id, version, value })),
    next: found.length > limit ? (page.at(-1)?.[0] ?? null) : null,
  };
}
