import type { JobRecord } from '../../core/job.ts';
import type { JobId } from '../../protocol/ids.ts';
import { isTerminal, JOB_STATES, type JobState } from '../../protocol/job.ts';
import { Inserts, insertRows, Updates } from './bulk.ts';
import { ClassTable } from './class-table.ts';
import type { Driver, SqlRow, SqlValue } from './driver.ts';
import {
  type Columns,
  columnsOf,
  decodeHot,
  encodeBase,
  encodeDoc,
  isReady,
  type JobTexts,
  joinTexts,
  sameBase,
} from './job-codec.ts';
import { linkJob, unlinkJob } from './job-links.ts';
import { stateNumber } from './status-codec.ts';

/** Jobs kept between groups; above it all are dropped, for what is needed comes back in one look-up. */
const KEPT = 50_000;

interface Slot {
  readonly n: number;
  readonly facts: string;
  base: string;
  job: JobRecord;
  /** The text of `job`, once somebody asked for it. */
  doc: string | null;
  /** As the row has it; null before its first flush. */
  stored: Columns | null;
  storedJob: JobRecord | null;
}

interface Head {
  readonly rank: number;
  readonly id: JobId;
}

interface Overlay {
  readonly changed: Set<JobId>;
  readonly ready: Map<string, JobRecord[]>;
}

const ROW = 'j.n, s.facts, s.base, j.doc FROM jobs j JOIN specs s ON s.n = j.n';

/** The jobs of a unit of work: read on demand, changed in memory, written in bulk by `flush`. */
export class JobTable {
  readonly #driver: Driver;
  readonly #slots = new Map<JobId, Slot>();
  readonly #dirty = new Set<Slot>();
  readonly #counts: number[];
  readonly #countsStored: number[];
  readonly #classes: ClassTable;
  #ended: JobId[] = [];
  #nextN: number;

  constructor(driver: Driver) {
    this.#driver = driver;
    this.#nextN = Number(driver.value('SELECT max(n) FROM jobs', []) ?? 0) + 1;
    const counts = new Map(driver.all('SELECT state, n FROM counts', []) as [number, number][]);
    this.#counts = JOB_STATES.map((_, state) => counts.get(state) ?? 0);
    this.#countsStored = [...this.#counts];
    this.#classes = new ClassTable(driver);
  }

  get(id: JobId): JobRecord | null {
    return this.#slot(id)?.job ?? null;
  }

  fetch(ids: readonly JobId[]): void {
    const missing = ids.filter((id) => !this.#slots.has(id));
    if (missing.length < 2) return;
    const sql = `SELECT ${ROW} JOIN json_each(?) e ON j.id = e.value`;
    for (const row of this.#driver.all(sql, [JSON.stringify(missing)])) this.#load(row);
  }

  /** `texts` are those the caller was sent, so that nothing is written out a second time. */
  insert(job: JobRecord, texts: JobTexts): void {
    const slot = { n: this.#nextN, ...texts, job, stored: null, storedJob: null };
    this.#nextN += 1;
    this.#slots.set(job.id, slot);
    this.#dirty.add(slot);
    this.#account(null, job);
  }

  save(job: JobRecord): void {
    const slot = this.#slot(job.id);
    if (slot === null) throw new Error(`the job ${job.id} is not in the store`);
    this.#account(slot.job, job);
    if (!sameBase(slot.job, job)) slot.base = encodeBase(job);
    slot.job = job;
    slot.doc = null;
    this.#dirty.add(slot);
  }

  remove(job: JobRecord): void {
    const slot = this.#slot(job.id);
    if (slot === null) return;
    this.flush();
    this.#account(slot.job, null);
    this.#slots.delete(job.id);
    for (const table of ['jobs', 'specs']) this.#driver.run(`DELETE FROM ${table} WHERE n = ?`, [slot.n]);
    unlinkJob(this.#driver, slot.job);
    this.#saveCounts();
  }

  /** The job's texts as one; `job` may be an older state than the table's. */
  textOf(job: JobRecord): string {
    const slot = this.#slot(job.id);
    if (slot === null) throw new Error(`the job ${job.id} is not in the store`);
    const base = sameBase(slot.job, job) ? slot.base : encodeBase(job);
    return joinTexts({ facts: slot.facts, base, doc: slot.job === job ? docOf(slot) : encodeDoc(job) });
  }

  countOf(state: JobState): number {
    return this.#counts[stateNumber(state)] ?? 0;
  }

  readyClasses(): Iterable<string> {
    return this.#classes.keys();
  }

  /** Runs a query that answers ids, on tables that show every change made so far. */
  find(sql: string, params: readonly SqlValue[]): JobRecord[] {
    this.flush();
    const ids = this.#driver.all(sql, params).map((row) => row[0] as JobId);
    this.fetch(ids);
    return ids.flatMap((id) => this.get(id) ?? []);
  }

  first(sql: string, at: number): number | null {
    this.flush();
    const found = this.#driver.value(sql, [at]);
    return typeof found === 'number' ? found : null;
  }

  get unwritten(): boolean {
    return this.#dirty.size > 0;
  }

  changed(): JobRecord[] {
    return [...this.#dirty].map((slot) => slot.job);
  }

  /** What the queue of the file does not show yet. */
  overlay(): Overlay {
    const overlay: Overlay = { changed: new Set(), ready: new Map() };
    for (const { job } of this.#dirty) {
      overlay.changed.add(job.id);
      if (!isReady(job)) continue;
      const known = overlay.ready.get(job.class_key);
      if (known === undefined) overlay.ready.set(job.class_key, [job]);
      else known.push(job);
    }
    return overlay;
  }

  heads(key: string, limit: number, { changed, ready }: Overlay): Head[] {
    const sql = 'SELECT rank, id FROM jobs WHERE ready = ? ORDER BY rank, id LIMIT ?';
    const id = this.#classes.knownId(key);
    const rows = id === null ? [] : (this.#driver.all(sql, [id, limit + changed.size]) as [number, JobId][]);
    const heads: Head[] = rows.map(([rank, id]) => ({ rank, id }));
    if (changed.size === 0) return heads;
    const more = (ready.get(key) ?? []).map(({ rank, id }) => ({ rank, id }));
    const all = [...heads.filter((head) => !changed.has(head.id)), ...more];
    return all.sort((a, b) => a.rank - b.rank || (a.id < b.id ? -1 : 1)).slice(0, limit);
  }

  flush(): void {
    if (this.#dirty.size === 0) return;
    const inserts = new Inserts();
    const specs: SqlValue[] = [];
    const updates = new Updates();
    for (const slot of this.#dirty) {
      const { job, n } = slot;
      const columns = columnsOf(job, isReady(job) ? this.#classes.idOf(job.class_key) : null);
      if (slot.stored === null) {
        inserts.add([n, job.id, job.module, job.tenant], columns, docOf(slot));
        specs.push(n, slot.facts, slot.base);
      } else {
        updates.add(n, slot.stored, columns, docOf(slot));
        if (slot.storedJob !== null && !sameBase(slot.storedJob, job)) this.#saveBase(slot);
      }
      linkJob(this.#driver, slot.storedJob, job);
      if (isTerminal(job.status.state)) this.#ended.push(job.id);
      slot.stored = columns;
      slot.storedJob = job;
    }
    this.#dirty.clear();
    inserts.run(this.#driver);
    insertRows(this.#driver, 'specs', 3, specs);
    updates.run(this.#driver);
    this.#saveCounts();
  }

  /** After a commit: what has ended is seldom asked for again. */
  trim(): void {
    for (const id of this.#ended) this.#slots.delete(id);
    this.#ended = [];
    if (this.#slots.size > KEPT) this.#slots.clear();
  }

  #slot(id: JobId): Slot | null {
    const known = this.#slots.get(id);
    if (known !== undefined) return known;
    const row = this.#driver.all(`SELECT ${ROW} WHERE j.id = ?`, [id])[0];
    return row === undefined ? null : this.#load(row);
  }

  #load(row: SqlRow): Slot {
    const [n, facts, base, doc] = row as [number, string, string, string];
    const job = decodeHot(base, doc);
    const stored = columnsOf(job, isReady(job) ? this.#classes.idOf(job.class_key) : null);
    const slot: Slot = { n, facts, base, job, doc, stored, storedJob: job };
    this.#slots.set(job.id, slot);
    return slot;
  }

  #saveBase({ n, base }: Slot): void {
    this.#driver.run('UPDATE specs SET base = ? WHERE n = ?', [base, n]);
  }

  #account(before: JobRecord | null, after: JobRecord | null): void {
    for (const [job, by] of [[before, -1] as const, [after, 1] as const]) {
      if (job === null) continue;
      const state = stateNumber(job.status.state);
      this.#counts[state] = (this.#counts[state] ?? 0) + by;
      if (isReady(job)) this.#classes.count(job.class_key, job.rank, by);
    }
  }

  #saveCounts(): void {
    this.#classes.flush();
    for (const [state, count] of this.#counts.entries()) {
      if (count === this.#countsStored[state]) continue;
      this.#countsStored[state] = count;
      this.#driver.run('INSERT OR REPLACE INTO counts VALUES (?, ?)', [state, count]);
    }
  }
}

function docOf(slot: Slot): string {
  slot.doc ??= encodeDoc(slot.job);
  return slot.doc;
}
