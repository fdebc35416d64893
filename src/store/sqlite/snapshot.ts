import type { Driver, SqlRow } from './driver.ts';
import { stateNumber } from './status-codec.ts';

/** What memory is filled with when a file is opened; the open jobs that wait follow by `openKeys`. */
export interface Snapshot {
  readonly last_n: number;
  readonly last_seq: number;
  readonly first_seq: number;
  /** [state, n] */
  readonly counts: readonly SqlRow[];
  readonly words: readonly string[];
  /** documents */
  readonly workers: readonly string[];
  /** [worker, key, reserve] */
  readonly stranded: readonly SqlRow[];
  /** [name, holder, token, until] */
  readonly roles: readonly SqlRow[];
  /** unique names of open jobs: [name, id] */
  readonly uniques: readonly SqlRow[];
  /** what blocked jobs wait for: [child, parent] */
  readonly waits: readonly SqlRow[];
  /** documents of the records of kind quota */
  readonly quotas: readonly string[];
  /** [n, id, spec, doc] of the jobs that a worker holds */
  readonly held: readonly SqlRow[];
}

export function readSnapshot(driver: Driver): Snapshot {
  const texts = (sql: string): string[] => driver.all(sql, []).map(([text]) => String(text));
  return {
    last_n: Number(driver.value('SELECT max(n) FROM jobs', []) ?? 0),
    last_seq: lastSeq(driver),
    first_seq: Number(driver.value("SELECT value FROM meta WHERE key = 'first_seq'", []) ?? 1),
    counts: driver.all('SELECT state, n FROM counts', []),
    words: texts('SELECT text FROM words ORDER BY id'),
    workers: texts('SELECT doc FROM workers'),
    stranded: driver.all('SELECT worker, key, reserve FROM stranded', []),
    roles: driver.all('SELECT name, holder, token, until FROM roles', []),
    uniques: driver.all('SELECT name, id FROM uniques', []),
    waits: driver.all('SELECT child, parent FROM waits', []),
    quotas: texts("SELECT doc FROM records WHERE kind = 'quota'"),
    held: driver.all(
      `SELECT n, id, spec, doc FROM jobs JOIN specs USING (n) WHERE ${stateIn('starting', 'running')}`,
      [],
    ),
  };
}

export const lastSeq = (driver: Driver): number =>
  Number(driver.value('SELECT first_seq + n - 1 FROM events ORDER BY first_seq DESC LIMIT 1', []) ?? 0);

/** Numbers of a row of `openKeys`; absent instants are 0. */
export const KEY_WIDTH = 7;

/** [n, state, class, rank, wake_at, deadline_at, tenant] of jobs that wait, by number, as one flat list. */
export function openKeys(driver: Driver, after: number, limit: number): Float64Array {
  const rows = driver.all(
    `SELECT n, state, class, rank, coalesce(wake_at, 0), coalesce(deadline_at, 0), tenant FROM jobs
     WHERE n > ? AND ${stateIn('blocked', 'queued')} ORDER BY n LIMIT ?`,
    [after, limit],
  );
  const keys = new Float64Array(rows.length * KEY_WIDTH);
  for (const [at, row] of rows.entries()) keys.set(row as number[], at * KEY_WIDTH);
  return keys;
}

/** With every tenant named, the index of tenants and states serves although no tenant is asked for. */
const stateIn = (...states: Parameters<typeof stateNumber>[0][]): string =>
  `tenant IN (SELECT id FROM words) AND state IN (${states.map(stateNumber).join(', ')})`;
