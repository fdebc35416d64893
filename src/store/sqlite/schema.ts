import { HiveError } from '../../protocol/errors.ts';
import type { Driver } from './driver.ts';

/**
 * Numbered by their place; a published one never changes.
 * The first had ten indexes on a wide row, by which SQLite itself found the queue, the leases and the instants. The
 * second leaves to the file what only a file can do: it keeps jobs, finds them by id, and lists them. `n` counts jobs in
 * the order of their submits, and being the row's own number it ends every index and orders every list. `specs` holds
 * what a submit said, so that a change rewrites none of it.
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
  `
  CREATE TABLE words (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
  INSERT INTO words (text) SELECT tenant FROM jobs UNION SELECT module FROM jobs
    UNION SELECT worker FROM jobs WHERE worker IS NOT NULL UNION SELECT base->>8 FROM specs;
  CREATE TABLE jobs_2 (
    n INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    tenant INTEGER NOT NULL,
    module INTEGER NOT NULL,
    state INTEGER NOT NULL,
    class INTEGER NOT NULL,
    rank INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    wake_at INTEGER,
    deadline_at INTEGER,
    worker INTEGER,
    finished_at INTEGER,
    doc TEXT
  );
  CREATE TABLE specs_2 (n INTEGER PRIMARY KEY, spec TEXT NOT NULL);
  INSERT INTO jobs_2 SELECT j.n, j.id,
    (SELECT id FROM words WHERE text = j.tenant), (SELECT id FROM words WHERE text = j.module), j.state,
    (SELECT id FROM words WHERE text = s.base->>8), j.rank, s.base->>4, j.doc->>4, s.base->>5,
    (SELECT id FROM words WHERE text = j.worker), j.finished_at,
    json_object('status', j.doc->0, 'class_key', s.base->>8, 'eligible_at', j.doc->>2, 'rank', j.doc->>3,
      'wake_at', j.doc->>4, 'epoch', j.doc->>5,
      'retries_used', json_object('user', j.doc->>'$[6][0]', 'infra', j.doc->>'$[6][1]', 'oom', j.doc->>'$[6][2]',
        'timeout', j.doc->>'$[6][3]'),
      'lost_workers', j.doc->7, 'cancel_requested_at', j.doc->>8, 'progress', j.doc->9, 'result', j.doc->10,
      'error', j.doc->11, 'artifacts', j.doc->12, 'settled', j.doc->13, 'last_worker_id', j.doc->>14,
      'queued_at', j.doc->>15, 'placed_at', j.doc->>16, 'started_at', j.doc->>17, 'finished_at', j.doc->>18,
      'timeline', j.doc->19)
    FROM jobs j JOIN specs s ON s.n = j.n;
  INSERT INTO specs_2 SELECT j.n,
    json_set(s.facts, '$.tenant', s.base->>1, '$.module', s.base->>2, '$.retry', s.base->3, '$.created_at', s.base->>4,
      '$.deadline_at', s.base->>5, '$.labels', s.base->6, '$.requirements', s.base->7, '$.priority', j.doc->>1)
    FROM jobs j JOIN specs s ON s.n = j.n;
  CREATE TABLE labels_2 (key TEXT, value TEXT, n INTEGER, PRIMARY KEY (key, value, n)) WITHOUT ROWID;
  INSERT INTO labels_2 SELECT l.key, l.value, j.n FROM labels l JOIN jobs j ON j.id = l.id;
  CREATE TABLE artifacts_2 (id TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
  INSERT INTO artifacts_2 SELECT a.id, j.n FROM artifacts a JOIN jobs j ON j.id = a.job;
  DROP TABLE jobs;
  DROP TABLE specs;
  DROP TABLE classes;
  DROP TABLE ready_counts;
  DROP TABLE labels;
  DROP TABLE artifacts;
  ALTER TABLE jobs_2 RENAME TO jobs;
  ALTER TABLE specs_2 RENAME TO specs;
  ALTER TABLE labels_2 RENAME TO labels;
  ALTER TABLE artifacts_2 RENAME TO artifacts;
  CREATE UNIQUE INDEX jobs_id ON jobs (id);
  CREATE INDEX jobs_state ON jobs (tenant, state);
  CREATE INDEX jobs_module ON jobs (tenant, module);
  CREATE INDEX jobs_worker ON jobs (worker) WHERE worker IS NOT NULL;
  `,
  `
  CREATE TABLE uniques (name TEXT PRIMARY KEY, n INTEGER NOT NULL UNIQUE, id TEXT NOT NULL) WITHOUT ROWID;
  `,
  `
  CREATE TABLE waits (child TEXT, parent TEXT, PRIMARY KEY (child, parent)) WITHOUT ROWID;
  ALTER TABLE jobs ADD COLUMN grp TEXT;
  CREATE INDEX jobs_group ON jobs (grp, state) WHERE grp IS NOT NULL;
  `,
  `
  CREATE TABLE journal (seq INTEGER PRIMARY KEY, doc TEXT NOT NULL);
  `,
];

/** Brings the file to this version's schema, or to the `last` one wanted; refuses one that a newer version wrote. */
export function migrate(driver: Driver, file: string, last = MIGRATIONS.length): void {
  const version = Number(driver.value('PRAGMA user_version', []));
  if (version > MIGRATIONS.length) {
    throw new HiveError(
      'store_unavailable',
      `${file} was written by a newer Hive (schema ${version}; this one knows ${MIGRATIONS.length})`,
      { hint: 'start the newer version again, or name another file' },
    );
  }
  for (const [index, sql] of MIGRATIONS.entries()) {
    if (index < version || index >= last) continue;
    driver.exec(`BEGIN IMMEDIATE; ${sql} PRAGMA user_version = ${index + 1}; COMMIT;`);
  }
}
