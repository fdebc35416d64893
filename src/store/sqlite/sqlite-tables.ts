import { heldAttempt, type JobRecord } from '../../core/job.ts';
import type { Reserve } from '../../core/resources.ts';
import { holdKey, type WorkerRecord } from '../../core/worker.ts';
import type { AttemptRef } from '../../protocol/attempt.ts';
import type { HiveEvent } from '../../protocol/event.ts';
import type { JobId, WorkerId } from '../../protocol/ids.ts';
import type { JobState } from '../../protocol/job.ts';
import type { RecordKind } from '../../protocol/records.ts';
import type { IdempotencyEntry, RecordRow, RoleEntry, Tables } from '../tables.ts';
import type { Driver } from './driver.ts';
import { EventTable } from './event-table.ts';
import { encodeBase, encodeDoc, encodeFacts, type JobTexts } from './job-codec.ts';
import { JobTable } from './job-table.ts';
import { stateNumber } from './status-codec.ts';
import { WorkerTable } from './worker-table.ts';

export interface Carried {
  readonly jobs: readonly JobRecord[];
  readonly events: readonly Omit<HiveEvent, 'seq'>[];
}

/** One unit of work over the file: changes gather in memory and reach it with `flush`. */
export class SqliteTables implements Tables {
  readonly max_queued: number;
  readonly jobs: JobTable;
  readonly log: EventTable;
  readonly #workers: WorkerTable;
  readonly #driver: Driver;
  /** The texts that came with jobs about to be inserted. */
  readonly #texts = new Map<JobId, JobTexts>();

  constructor(driver: Driver, maxQueued: number) {
    this.#driver = driver;
    this.max_queued = maxQueued;
    this.jobs = new JobTable(driver);
    this.log = new EventTable(driver);
    this.#workers = new WorkerTable(driver);
  }

  flush(): void {
    this.jobs.flush();
    this.#workers.flush();
    this.log.flush();
  }

  get unwritten(): boolean {
    return this.jobs.unwritten || this.log.pending.length > 0;
  }

  /** Changes of groups that only rode along; `carry` makes them again on tables read anew. */
  carried(): Carried | null {
    return this.unwritten ? { jobs: this.jobs.changed(), events: [...this.log.pending] } : null;
  }

  carry({ jobs, events }: Carried): void {
    for (const job of jobs) {
      this.jobs.save(job);
      const attempt = heldAttempt(job);
      if (attempt === null) continue;
      const key = holdKey({ job_id: job.id, epoch: attempt.epoch });
      this.hold(attempt.worker_id, key, attempt.reserve);
    }
    for (const event of events) this.log.append(event);
  }

  /** Before the file is closed. */
  flushHeard(): void {
    this.#workers.flushHeard();
  }

  trim(): void {
    this.jobs.trim();
    this.#texts.clear();
  }

  expect(id: JobId, texts: JobTexts): void {
    this.#texts.set(id, texts);
  }

  fetchJobs(ids: readonly JobId[]): void {
    this.jobs.fetch(ids);
  }

  job(id: JobId): JobRecord | null {
    return this.jobs.get(id);
  }

  insertJob(job: JobRecord): void {
    const texts = this.#texts.get(job.id);
    this.jobs.insert(job, texts ?? { facts: encodeFacts(job), base: encodeBase(job), doc: encodeDoc(job) });
  }

  saveJob(job: JobRecord): void {
    this.jobs.save(job);
  }

  removeJob(job: JobRecord): void {
    this.jobs.remove(job);
  }

  countOf(state: JobState): number {
    return this.jobs.countOf(state);
  }

  readyClasses(): Iterable<string> {
    return this.jobs.readyClasses();
  }

  readyHeads(keys: readonly string[], classes: number, perClass: number): readonly JobRecord[] {
    const depth = keys.length <= classes ? perClass : 1;
    const overlay = this.jobs.overlay();
    const heads = keys.flatMap((key) => {
      const found = this.jobs.heads(key, depth, overlay);
      return found[0] === undefined ? [] : [{ key, found, ...found[0] }];
    });
    heads.sort((a, b) => a.rank - b.rank || (a.id < b.id ? -1 : 1));
    const ids = heads
      .slice(0, classes)
      .flatMap(({ key, found }) => (depth === perClass ? found : this.jobs.heads(key, perClass, overlay)))
      .map(({ id }) => id);
    this.jobs.fetch(ids);
    return ids.flatMap((id) => this.jobs.get(id) ?? []);
  }

  leasesUntil(at: number, limit: number): readonly JobRecord[] {
    return this.jobs.find('SELECT id FROM jobs WHERE lease_until <= ? ORDER BY lease_until, id LIMIT ?', [
      at,
      limit,
    ]);
  }

  unmarkedUntil(at: number, limit: number): readonly JobRecord[] {
    const running = stateNumber('running');
    return this.jobs.find(
      'SELECT id FROM jobs WHERE lease_until <= ? AND state = ? AND suspect = 0 ORDER BY lease_until, id LIMIT ?',
      [at, running, limit],
    );
  }

  wakesUntil(at: number, limit: number): readonly JobRecord[] {
    return this.jobs.find('SELECT id FROM jobs WHERE wake_at <= ? ORDER BY wake_at, id LIMIT ?', [at, limit]);
  }

  deadlinesUntil(at: number, limit: number): readonly JobRecord[] {
    return this.jobs.find('SELECT id FROM jobs WHERE deadline_at <= ? ORDER BY deadline_at, id LIMIT ?', [
      at,
      limit,
    ]);
  }

  endedBefore(at: number, limit: number): readonly JobRecord[] {
    return this.jobs.find('SELECT id FROM jobs WHERE finished_at < ? ORDER BY finished_at, id LIMIT ?', [
      at,
      limit,
    ]);
  }

  firstLeaseAfter(at: number): number | null {
    return this.jobs.first(
      'SELECT lease_until FROM jobs WHERE lease_until > ? ORDER BY lease_until LIMIT 1',
      at,
    );
  }

  firstUnmarkedAfter(at: number): number | null {
    const sql = `SELECT lease_until FROM jobs WHERE lease_until > ? AND state = ${stateNumber('running')}
      AND suspect = 0 ORDER BY lease_until LIMIT 1`;
    return this.jobs.first(sql, at);
  }

  firstWakeAfter(at: number): number | null {
    return this.jobs.first('SELECT wake_at FROM jobs WHERE wake_at > ? ORDER BY wake_at LIMIT 1', at);
  }

  firstDeadlineAfter(at: number): number | null {
    return this.jobs.first(
      'SELECT deadline_at FROM jobs WHERE deadline_at > ? ORDER BY deadline_at LIMIT 1',
      at,
    );
  }

  worker(id: WorkerId): WorkerRecord | null {
    return this.#workers.shelf.get(id);
  }

  workers(): readonly WorkerRecord[] {
    return this.#workers.shelf.all();
  }

  saveWorker(worker: WorkerRecord): void {
    this.#workers.save(worker);
  }

  /** Each held job has a hold, so the holds name them all. */
  attemptsOf(id: WorkerId): readonly AttemptRef[] {
    const keys = Object.keys(this.worker(id)?.holds ?? {}).map((key) => key.split('#') as [JobId, string]);
    this.jobs.fetch(keys.map(([job]) => job));
    return keys
      .flatMap(([job_id, epoch]) => {
        const job = this.job(job_id);
        const attempt = job === null ? null : heldAttempt(job);
        if (attempt === null || attempt.epoch !== Number(epoch)) return [];
        return [{ job_id, epoch: attempt.epoch, nonce: attempt.nonce }];
      })
      .sort((a, b) => (a.job_id < b.job_id ? -1 : 1));
  }

  hold(id: WorkerId, key: string, reserve: Reserve): void {
    this.#workers.shelf.hold(id, key, reserve);
  }

  unhold(id: WorkerId, key: string): void {
    this.#workers.unhold(id, key);
  }

  strand(id: WorkerId, key: string): void {
    this.#workers.strand(id, key);
  }

  idempotency(key: string): IdempotencyEntry | null {
    const row = this.#driver.all('SELECT hash, job, at FROM idempotency WHERE key = ?', [key])[0];
    return row === undefined
      ? null
      : { key, hash: String(row[0]), job_id: row[1] as JobId, at: Number(row[2]) };
  }

  saveIdempotency({ key, hash, job_id, at }: IdempotencyEntry): void {
    this.#driver.run('INSERT OR REPLACE INTO idempotency VALUES (?, ?, ?, ?)', [key, hash, job_id, at]);
  }

  forgetIdempotency(before: number, limit: number): void {
    const old = 'SELECT key FROM idempotency WHERE at <= ? ORDER BY at LIMIT ?';
    this.#driver.run(`DELETE FROM idempotency WHERE key IN (${old})`, [before, limit]);
  }

  role(name: string): RoleEntry | null {
    const row = this.#driver.all('SELECT holder, token, until FROM roles WHERE name = ?', [name])[0];
    return row === undefined
      ? null
      : { holder: String(row[0]), token: Number(row[1]), until: Number(row[2]) };
  }

  saveRole(name: string, { holder, token, until }: RoleEntry): void {
    this.#driver.run('INSERT OR REPLACE INTO roles VALUES (?, ?, ?, ?)', [name, holder, token, until]);
  }

  append(event: Omit<HiveEvent, 'seq'>): void {
    this.log.append(event);
  }

  dropEvents(before: string, max: number, limit: number): number {
    return this.log.drop(before, max, limit);
  }

  recordVersion(kind: RecordKind, id: string): number | null {
    const version = this.#driver.value('SELECT version FROM records WHERE kind = ? AND id = ?', [kind, id]);
    return typeof version === 'number' ? version : null;
  }

  saveRecord(kind: RecordKind, id: string, { version, value, indexed }: RecordRow): void {
    this.removeRecord(kind, id);
    const doc = JSON.stringify(value);
    this.#driver.run('INSERT INTO records VALUES (?, ?, ?, ?)', [kind, id, version, doc]);
    for (const [name, text] of Object.entries(indexed)) {
      this.#driver.run('INSERT INTO record_indexes VALUES (?, ?, ?, ?)', [kind, name, text, id]);
    }
  }

  removeRecord(kind: RecordKind, id: string): void {
    for (const table of ['records', 'record_indexes']) {
      this.#driver.run(`DELETE FROM ${table} WHERE kind = ? AND id = ?`, [kind, id]);
    }
  }
}
