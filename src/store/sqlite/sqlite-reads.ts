import type { JobId } from '../../protocol/ids.ts';
import { JOB_STATES, type JobState } from '../../protocol/job.ts';
import type { RecordKind } from '../../protocol/records.ts';
import type { EventPage, EventQuery, JobCounts, JobKey, JobPageQuery } from '../job-store.ts';
import type { RecordPage, RecordQuery, Versioned } from '../record-store.ts';
import { BUCKET_MS, bucketOf } from './class-table.ts';
import type { Driver, SqlValue } from './driver.ts';
import { decodeEvents } from './event-codec.ts';
import { joinTexts } from './job-codec.ts';
import { listRows } from './job-list.ts';
import { stateOf } from './status-codec.ts';

export interface PlacedText {
  readonly job: string;
  readonly position: number | null;
}

/** The reads over one connection; jobs leave as texts and are assembled where they are wanted. */
export function sqliteReads(driver: Driver) {
  return {
    getJob: (key: JobKey): PlacedText | null => getJob(driver, key),
    listJobs: (query: JobPageQuery): string[] =>
      listRows(driver, query).map(([, facts, base, doc]) => textOf(facts, base, doc)),
    countJobs: (): JobCounts => countJobs(driver),
    readEvents: (query: EventQuery): EventPage => readEvents(driver, query),
    getRecord: (kind: RecordKind, id: string): Versioned<unknown> | null => getRecord(driver, kind, id),
    listRecords: (kind: RecordKind, query: RecordQuery): RecordPage<unknown> =>
      listRecords(driver, kind, query),
  };
}
export type SqliteReads = ReturnType<typeof sqliteReads>;

const textOf = (facts?: SqlValue, base?: SqlValue, doc?: SqlValue): string =>
  joinTexts({ facts: String(facts), base: String(base), doc: String(doc) });

function getJob(driver: Driver, key: JobKey): PlacedText | null {
  const id = 'job' in key ? key.job : jobOfArtifact(driver, key.artifact);
  if (id === null) return null;
  const sql =
    'SELECT s.facts, s.base, j.doc, j.ready, j.rank FROM jobs j JOIN specs s ON s.n = j.n WHERE j.id = ?';
  const row = driver.all(sql, [id])[0];
  if (row === undefined) return null;
  const [facts, base, doc, ready = null, rank = null] = row;
  const job = textOf(facts, base, doc);
  if (ready === null) return { job, position: null };
  return { job, position: positionOf(driver, Number(ready), Number(rank), id) };
}

function positionOf(driver: Driver, ready: number, rank: number, id: JobId): number {
  const bucket = bucketOf(rank);
  const before = 'SELECT sum(n) FROM ready_counts WHERE class = ? AND bucket < ?';
  const within = 'SELECT count(*) FROM jobs WHERE ready = ? AND rank >= ? AND (rank, id) < (?, ?)';
  const ahead = Number(driver.value(before, [ready, bucket]) ?? 0);
  return ahead + Number(driver.value(within, [ready, bucket * BUCKET_MS, rank, id])) + 1;
}

function jobOfArtifact(driver: Driver, artifact: string): JobId | null {
  return (driver.value('SELECT job FROM artifacts WHERE id = ?', [artifact]) ?? null) as JobId | null;
}

function countJobs(driver: Driver): JobCounts {
  const by_state = Object.fromEntries(JOB_STATES.map((state) => [state, 0])) as Record<JobState, number>;
  for (const [state, n] of driver.all('SELECT state, n FROM counts', [])) {
    by_state[stateOf(Number(state))] = Number(n);
  }
  return { by_state };
}

/** Rows read at once; each holds the events of one commit. */
const ROWS = 64;

function readEvents(driver: Driver, { after, limit }: EventQuery): EventPage {
  const last = driver.value('SELECT first_seq + n - 1 FROM events ORDER BY first_seq DESC LIMIT 1', []);
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
  return { events: events.slice(0, limit), first_seq, last_seq: Number(last ?? 0) };
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
