import type { JobRecord } from '../../core/job.ts';
import { type Quota, uniqueName } from '../../core/limits.ts';
import type { WorkerRecord } from '../../core/worker.ts';
import type { HiveEvent } from '../../protocol/event.ts';
import type { JobId, WorkerId } from '../../protocol/ids.ts';
import type { RecordKind } from '../../protocol/records.ts';
import { HotTables } from '../tables/hot-tables.ts';
import type { IdempotencyEntry, ReadyClass, RecordRow, RoleEntry } from '../tables.ts';
import type { SqlValue } from './driver.ts';
import type { EventTape, Mark } from './event-tape.ts';
import { Fault } from './fault.ts';
import { beyond, Fetched } from './fetched.ts';
import { GroupPromises } from './group-promises.ts';
import { type JobRow, removalOf } from './job-rows.ts';
import type { RowChange } from './rows.ts';

/** Heads fetched at least, when some must be: the next ones will be asked for soon. */
const AHEAD = 256;

/**
 * The tables of a file: open jobs are within reach or are fetched by a fault; what a group changed is taken out as rows.
 */
export class SqliteTables extends HotTables<JobRow> {
  readonly log: EventTape;
  readonly fetched: Fetched;
  readonly idempotencyKeys = new Map<string, IdempotencyEntry | null>();
  readonly recordVersions = new Map<string, number | null>();
  readonly roles = new Map<string, RoleEntry>();
  readonly stranded = new Set<string>();
  /** workers whose rows are old, and those of whom only the time of the last beat is */
  readonly changedWorkers = new Set<WorkerId>();
  readonly heardWorkers = new Set<WorkerId>();
  readonly #groups = new GroupPromises();
  #others: RowChange[] = [];

  constructor(maxQueued: number, log: EventTape) {
    const fetched = new Fetched();
    super(maxQueued, beyond(fetched));
    this.fetched = fetched;
    this.log = log;
  }

  override restsOn(id: JobId): Promise<void> | null {
    const since = this.jobs.peek(id)?.since ?? 0;
    return since <= this.jobs.synced ? null : this.#groups.promiseOf(since);
  }

  /** The group is in the file. */
  reached(group: number): void {
    this.jobs.synced = group;
    this.#groups.reached(group);
  }

  /** What is not in the file was taken back. */
  failed(error: unknown): void {
    this.#groups.failed(error);
  }

  /** Rows of everything but jobs, workers and events. */
  takeOthers(): RowChange[] {
    const others = this.#others;
    this.#others = [];
    return others;
  }

  get hasChanges(): boolean {
    return (
      this.jobs.hasChanges || this.log.hasPending || this.#others.length > 0 || this.changedWorkers.size > 0
    );
  }

  /** Nothing is looked up before one of them turns out to be missing: mostly all are within reach. */
  override fetchJobs(ids: readonly JobId[]): void {
    this.fetched.wanted = ids;
  }

  override readyHeads(wanted: readonly ReadyClass[], classes: number): readonly JobRecord[] {
    const heads = this.jobs.indexes.heads(wanted, classes);
    const missing = this.#unreached(heads.flatMap(({ list, most }) => list.take(most)));
    if (missing.length > 0) {
      const ahead = Math.ceil(AHEAD / heads.length);
      const ns = this.#unreached(heads.flatMap(({ list, most }) => list.take(Math.max(most, ahead))));
      throw new Fault({ kind: 'numbers', ns });
    }
    return super.readyHeads(wanted, classes);
  }

  override insertJob(job: JobRecord): void {
    const slot = this.jobs.insert(job);
    this.#saveWaits(job.id, [], job.waits_for);
    if (job.unique_key === null) return;
    const name = uniqueName(job.tenant, job.unique_key);
    this.#run('INSERT OR REPLACE INTO uniques VALUES (?, ?, ?)', [name, slot.n, job.id]);
  }

  override saveJob(job: JobRecord): void {
    const waited = this.job(job.id)?.waits_for ?? job.waits_for;
    const slot = this.jobs.save(job);
    this.#saveWaits(job.id, waited, job.waits_for);
    if (job.unique_key !== null && job.finished_at !== null)
      this.#run('DELETE FROM uniques WHERE n = ?', [slot.n]);
  }

  #unreached(ns: readonly number[]): number[] {
    const slots = this.jobs.byNumbers(ns);
    return ns.filter((n, at) => slots[at] === undefined && !this.fetched.absentNumbers.has(n));
  }

  override removeJob(job: JobRecord): void {
    const slot = this.jobs.remove(job);
    if (slot !== null) this.#change(...removalOf(slot));
  }

  #saveWaits(child: JobId, before: readonly JobId[], after: readonly JobId[]): void {
    if (before === after) return;
    for (const parent of before) {
      if (!after.includes(parent))
        this.#run('DELETE FROM waits WHERE child = ? AND parent = ?', [child, parent]);
    }
    for (const parent of after) {
      if (!before.includes(parent)) this.#run('INSERT OR IGNORE INTO waits VALUES (?, ?)', [child, parent]);
    }
  }

  endedBefore(at: number, limit: number): readonly JobRecord[] {
    const { ended } = this.fetched;
    if (ended === null) throw new Fault({ kind: 'ended', before: at, limit });
    return ended.flatMap((id) => {
      const job = this.jobs.peek(id)?.job;
      return job !== undefined && job.finished_at !== null && job.finished_at < at ? [job] : [];
    });
  }

  /** That it was heard again is written at the end: after a crash every worker gets a whole lease anyway. */
  override saveWorker(worker: WorkerRecord): void {
    const before = this.worker(worker.id);
    super.saveWorker(worker);
    if (before === null || !isBeat(before, worker)) this.changedWorkers.add(worker.id);
    else this.heardWorkers.add(worker.id);
  }

  override unhold(id: WorkerId, key: string): void {
    super.unhold(id, key);
    const name = `${id} ${key}`;
    if (!this.stranded.delete(name)) return;
    this.undo.push(() => this.stranded.add(name));
    this.#run('DELETE FROM stranded WHERE worker = ? AND key = ?', [id, key]);
  }

  override strand(id: WorkerId, key: string): void {
    const reserve = this.worker(id)?.holds.get(key);
    if (reserve === undefined) return;
    const name = `${id} ${key}`;
    this.stranded.add(name);
    this.undo.push(() => this.stranded.delete(name));
    this.#run('INSERT OR REPLACE INTO stranded VALUES (?, ?, ?)', [id, key, JSON.stringify(reserve)]);
  }

  override fetchIdempotency(keys: readonly string[]): void {
    const missing = keys.filter((key) => !this.idempotencyKeys.has(key));
    if (missing.length > 0) throw new Fault({ kind: 'idempotency', keys: missing });
  }

  idempotency(key: string): IdempotencyEntry | null {
    const known = this.idempotencyKeys.get(key);
    if (known === undefined) throw new Fault({ kind: 'idempotency', keys: [key] });
    return known;
  }

  saveIdempotency(entry: IdempotencyEntry): void {
    const { key, hash, job_id, at } = entry;
    this.#keep(this.idempotencyKeys, key, entry);
    this.#run('INSERT OR REPLACE INTO idempotency VALUES (?, ?, ?, ?)', [key, hash, job_id, at]);
  }

  forgetIdempotency(before: number, limit: number): void {
    const old = 'SELECT key FROM idempotency WHERE at <= ? ORDER BY at LIMIT ?';
    this.#run(`DELETE FROM idempotency WHERE key IN (${old})`, [before, limit]);
  }

  role(name: string): RoleEntry | null {
    return this.roles.get(name) ?? null;
  }

  saveRole(name: string, entry: RoleEntry): void {
    this.#keep(this.roles, name, entry);
    const { holder, token, until } = entry;
    this.#run('INSERT OR REPLACE INTO roles VALUES (?, ?, ?, ?)', [name, holder, token, until]);
  }

  protected eventMark(): Mark {
    return this.log.mark();
  }

  protected dropEventsSince(mark: Mark): void {
    this.log.dropSince(mark);
  }

  append(event: Omit<HiveEvent, 'seq'>): void {
    const slot = event.job_id === undefined ? null : this.jobs.peek(event.job_id);
    this.log.append(event, slot, this.jobs.rides && slot?.rides === true);
  }

  dropEvents(before: string, max: number, limit: number): number {
    const { youngEvent } = this.fetched;
    if (youngEvent === undefined) throw new Fault({ kind: 'events', before: Date.parse(before) });
    const { first } = this.log;
    const dropped = this.log.cut(youngEvent, max, limit);
    if (dropped === 0) return 0;
    this.undo.push(() => this.log.restoreFirst(first));
    this.#run("INSERT OR REPLACE INTO meta VALUES ('first_seq', ?)", [this.log.first]);
    // The last row stays, for it alone says how far the numbers have come.
    const old = 'first_seq + n <= ?1 AND first_seq < ?1';
    this.#run(`DELETE FROM events WHERE ${old} AND first_seq < (SELECT max(first_seq) FROM events)`, [
      this.log.first,
    ]);
    return dropped;
  }

  recordVersion(kind: RecordKind, id: string): number | null {
    const known = this.recordVersions.get(`${kind}/${id}`);
    if (known === undefined) throw new Fault({ kind: 'record', record: kind, id });
    return known;
  }

  saveRecord(kind: RecordKind, id: string, { version, value, indexed }: RecordRow): void {
    this.removeRecord(kind, id);
    this.noteQuota(kind, id, value as Quota);
    this.#keep(this.recordVersions, `${kind}/${id}`, version);
    this.#run('INSERT INTO records VALUES (?, ?, ?, ?)', [kind, id, version, JSON.stringify(value)]);
    for (const [name, text] of Object.entries(indexed)) {
      this.#run('INSERT INTO record_indexes VALUES (?, ?, ?, ?)', [kind, name, text, id]);
    }
  }

  removeRecord(kind: RecordKind, id: string): void {
    this.noteQuota(kind, id, null);
    this.#keep(this.recordVersions, `${kind}/${id}`, null);
    for (const table of ['records', 'record_indexes']) {
      this.#run(`DELETE FROM ${table} WHERE kind = ? AND id = ?`, [kind, id]);
    }
  }

  #keep<T>(map: Map<string, T>, key: string, value: T): void {
    const before = map.get(key);
    map.set(key, value);
    this.undo.push(() => {
      if (before === undefined) map.delete(key);
      else map.set(key, before);
    });
  }

  #run(sql: string, params: readonly SqlValue[]): void {
    this.#change({ kind: 'run', sql, params });
  }

  #change(...changes: readonly RowChange[]): void {
    const { length } = this.#others;
    this.#others.push(...changes);
    this.undo.push(() => {
      this.#others.length = Math.min(this.#others.length, length);
    });
  }
}

const isBeat = (before: WorkerRecord, after: WorkerRecord): boolean =>
  (Object.keys(after) as (keyof WorkerRecord)[]).every(
    (key) => key === 'last_seen_at' || key === 'holds' || key === 'tally' || before[key] === after[key],
  );
