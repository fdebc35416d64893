import type { JobId } from '../../protocol/ids.ts';
import type { RecordKind } from '../../protocol/records.ts';
import type { EventPage, EventQuery, JobKey, JobPageQuery } from '../job-store.ts';
import type { RecordPage, RecordQuery, Versioned } from '../record-store.ts';
import type { Driver, SqlRow } from './driver.ts';
import { decodeEvents } from './event-codec.ts';
import type { Need } from './fault.ts';
import { listRows } from './job-list.ts';
import { lastSeq, openKeys, readSnapshot } from './snapshot.ts';

/** [n, id, spec, doc] */
export type JobText = readonly [n: number, id: JobId, spec: string, doc: string | null];

/** What is asked of the file itself; jobs leave as texts and are assembled where they are wanted. */
export function fileReads(driver: Driver) {
  return {
    getJob: (key: JobKey): JobText | null => getJob(driver, key),
    listJobs: (query: JobPageQuery): JobText[] => listRows(driver, query) as unknown as JobText[],
    readEvents: (query: EventQuery): EventPage => readEvents(driver, query),
    countGroup: (tenant: string, group: string): readonly SqlRow[] =>
      driver.all(
        `SELECT state, count(*) FROM jobs INDEXED BY jobs_group
         WHERE grp = ? AND tenant = (SELECT id FROM words WHERE text = ?) GROUP BY state`,
        [group, tenant],
      ),
    getRecord: (kind: RecordKind, id: string): Versioned<unknown> | null => getRecord(driver, kind, id),
    listRecords: (kind: RecordKind, query: RecordQuery): RecordPage<unknown> =>
      listRecords(driver, kind, query),
    snapshot: () => readSnapshot(driver),
    openKeys: (after: number, limit: number) => openKeys(driver, after, limit),
    fetch: (need: Need): readonly SqlRow[] => fetchRows(driver, need),
  };
}
export type FileReads = ReturnType<typeof fileReads>;

export function callRead(
  reads: FileReads,
  call: { read: keyof FileReads; args: readonly unknown[] },
): unknown {
  return (reads[call.read] as (...args: readonly unknown[]) => unknown)(...call.args);
}

const JOB = 'SELECT n, id, spec, doc FROM jobs JOIN specs USING (n)';

function getJob(driver: Driver, key: JobKey): JobText | null {
  const rows =
    'job' in key
      ? driver.all(`${JOB} WHERE id = ?`, [key.job])
      : driver.all(`${JOB} WHERE n = (SELECT n FROM artifacts WHERE id = ?)`, [key.artifact]);
  return (rows[0] ?? null) as JobText | null;
}

function fetchRows(driver: Driver, need: Need): SqlRow[] {
  switch (need.kind) {
    case 'jobs':
      return driver.all(`${JOB} WHERE id IN (SELECT value FROM json_each(?))`, [JSON.stringify(need.ids)]);
    case 'numbers':
      return driver.all(`${JOB} WHERE n IN (SELECT value FROM json_each(?))`, [JSON.stringify(need.ns)]);
    case 'ended':
      // Jobs are numbered as they are made, so the old ones come first and the first young one ends the search.
      return driver.all(
        `SELECT * FROM (${JOB} WHERE finished_at < ?1 AND n < coalesce(
          (SELECT n FROM jobs WHERE created_at >= ?1 ORDER BY n LIMIT 1), 9e15) ORDER BY n LIMIT ?2)`,
        [need.before, need.limit],
      );
    case 'idempotency':
      return driver.all(
        'SELECT key, hash, job, at FROM idempotency WHERE key IN (SELECT value FROM json_each(?))',
        [JSON.stringify(need.keys)],
      );
    case 'record':
      return driver.all('SELECT version FROM records WHERE kind = ? AND id = ?', [need.record, need.id]);
    case 'events':
      return [[youngEvent(driver, need.before)]];
  }
}

/** The first event of the first row that is young enough, or the one after the last. */
function youngEvent(driver: Driver, before: number): number {
  const sql = 'SELECT first_seq FROM events WHERE at >= ? ORDER BY first_seq LIMIT 1';
  return Number(driver.value(sql, [before]) ?? lastSeq(driver) + 1);
}

/** Rows read at once; each holds the events of one commit. */
const ROWS = 64;

function readEvents(driver: Driver, { after, limit }: EventQuery): EventPage {
  const first_seq = Number(driver.value("SELECT value FROM meta WHERE key = 'first_seq'", []) ?? 1);
  const from = Math.max(first_seq, after + 1);
  const events: EventPage['events'][number][] = [];
  const begin = 'SELECT first_seq FROM events WHERE first_seq <= ? ORDER BY first_seq DESC LIMIT 1';
  let cursor = Number(driver.value(begin, [from]) ?? 0);
  while (events.length < limit) {
    const sql = 'SELECT first_seq, n, at, doc FROM events WHERE first_seq >= ? ORDER BY first_seq LIMIT ?';
    const rows = driver.all(sql, [cursor, ROWS]);
    for (const [first, n, at, doc] of rows) {
      cursor = Number(first) + Number(n);
      if (cursor <= from || events.length >= limit) continue;
      events.push(...decodeEvents(Number(first), Number(at), String(doc)).filter(({ seq }) => seq >= from));
    }
    if (rows.length < ROWS) break;
  }
  return { events: events.slice(0, limit), first_seq, last_seq: lastSeq(driver) };
}

function getRecord(driver: Driver, kind: RecordKind, id: string): Versioned<unknown> | null {
  const row = driver.all('SELECT version, doc FROM records WHERE kind = ? AND id = ?', [kind, id])[0];
  return row === undefined ? null : { id, version: Number(row[0]), value: JSON.parse(String(row[1])) };
}

function listRecords(driver: Driver, kind: RecordKind, query: RecordQuery): RecordPage<unknown> {
  const { where, after = '', limit } = query;
  const rows =
    where === undefined
      ? driver.all('SELECT id, version, doc FROM records WHERE kind = ? AND id > ? ORDER BY id LIMIT ?', [
          kind,
          after,
          limit + 1,
        ])
      : driver.all(
          `SELECT r.id, r.version, r.doc FROM record_indexes x CROSS JOIN records r ON r.kind = x.kind AND r.id = x.id
           WHERE x.kind = ? AND x.name = ? AND x.value = ? AND x.id > ? ORDER BY x.id LIMIT ?`,
          [kind, where.index, where.equals, after, limit + 1],
        );
  const page = rows.slice(0, limit);
  const records = page.map(([id, version, doc]) => ({
    id: String(id),
    version: Number(version),
    value: JSON.parse(String(doc)) as unknown,
  }));
  return { records, next: rows.length > limit ? (records.at(-1)?.id ?? null) : null };
}
