import { HiveError } from '../../protocol/errors.ts';
import type { Driver } from './driver.ts';

/**
 * Numbered by their place; a published one never changes.
 * `jobs` holds what changes and what is looked up, `specs` what a submit fixed. `ready` is the class of a job that may
 * be placed now, else null, so that its partial index is the queue itself. Other partial indexes likewise hold only the
 * rows that their sweep asks for. `ready_counts` sums the queue by second of rank, so that a position is no long count.
 */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE jobs (
    n INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    module TEXT NOT NULL,
    tenant TEXT NOT NULL,
    state INTEGER NOT NULL,
    ready INTEGER,
    rank INTEGER NOT NULL,
    wake_at INTEGER,
    deadline_at INTEGER,
    lease_until INTEGER,
    suspect INTEGER NOT NULL DEFAULT 0,
    worker TEXT,
    finished_at INTEGER,
    doc TEXT NOT NULL
  );
  CREATE UNIQUE INDEX jobs_id ON jobs (id);
  CREATE INDEX jobs_module ON jobs (module, id);
  CREATE INDEX jobs_ready ON jobs (ready, rank, id) WHERE ready IS NOT NULL;
  CREATE INDEX jobs_wake ON jobs (wake_at) WHERE wake_at IS NOT NULL;
  CREATE INDEX jobs_deadline ON jobs (deadline_at) WHERE deadline_at IS NOT NULL;
  CREATE INDEX jobs_lease ON jobs (lease_until) WHERE lease_until IS NOT NULL;
  CREATE INDEX jobs_worker ON jobs (worker, id) WHERE worker IS NOT NULL;
  CREATE INDEX jobs_open ON jobs (id) WHERE finished_at IS NULL;
  CREATE INDEX jobs_ended ON jobs (state, id) WHERE finished_at IS NOT NULL;
  CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL;
  CREATE TABLE specs (n INTEGER PRIMARY KEY, facts TEXT NOT NULL, base TEXT NOT NULL);
  CREATE TABLE classes (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE);
  CREATE TABLE ready_counts (class INTEGER, bucket INTEGER, n INTEGER NOT NULL, PRIMARY KEY (class, bucket)) WITHOUT ROWID;
  CREATE TABLE counts (state INTEGER PRIMARY KEY, n INTEGER NOT NULL);
  CREATE TABLE labels (key TEXT, value TEXT, id TEXT, PRIMARY KEY (key, value, id)) WITHOUT ROWID;
  CREATE TABLE artifacts (id TEXT PRIMARY KEY, job TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE workers (id TEXT PRIMARY KEY, doc TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE stranded (worker TEXT, key TEXT, reserve TEXT NOT NULL, PRIMARY KEY (worker, key)) WITHOUT ROWID;
  CREATE TABLE idempotency (key TEXT PRIMARY KEY, hash TEXT NOT NULL, job TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX idempotency_at ON idempotency (at);
  CREATE TABLE roles (name TEXT PRIMARY KEY, holder TEXT NOT NULL, token INTEGER NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE events (first_seq INTEGER PRIMARY KEY, n INTEGER NOT NULL, at INTEGER NOT NULL, doc TEXT NOT NULL);
  CREATE TABLE records (kind TEXT, id TEXT, version INTEGER NOT NULL, doc TEXT NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID;
  CREATE TABLE record_indexes (kind TEXT, name TEXT, value TEXT, id TEXT, PRIMARY KEY (kind, name, value, id)) WITHOUT ROWID;
  CREATE INDEX record_indexes_id ON record_indexes (kind, id);
  CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
  `,
];

/** Brings the file to this version's schema; refuses one that a newer version wrote. */
export function migrate(driver: Driver, file: string): void {
  const version = Number(driver.value('PRAGMA user_version', []));
  if (version > MIGRATIONS.length) {
    throw new HiveError(
      'store_unavailable',
      `${file} was written by a newer Hive (schema ${version}; this one knows ${MIGRATIONS.length})`,
      { hint: 'start the newer version again, or name another file' },
    );
  }
  for (const [index, sql] of MIGRATIONS.entries()) {
    if (index < version) continue;
    driver.exec(`BEGIN IMMEDIATE; ${sql} PRAGMA user_version = ${index + 1}; COMMIT;`);
  }
}
