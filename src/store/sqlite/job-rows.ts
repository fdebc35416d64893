import type { JobRecord } from '../../core/job.ts';
import type { Slot } from '../tables/job-table.ts';
import type { SqlValue } from './driver.ts';
import type { RowChange } from './rows.ts';
import { stateNumber } from './status-codec.ts';
import type { WordTable } from './word-table.ts';

/** What the file has of a job. */
export interface JobRow {
  /** as the journal or its row has it, and its text; null doc = as it was submitted */
  kept: JobRecord;
  doc: string | null;
  /** what its submit said, until its row is written; then null */
  spec: string | null;
  /** as its row has it; null until it has one */
  written: JobRecord | null;
}

export type JobSlot = Slot<JobRow>;

/** A job as its row has it. */
export const slotOf = (n: number, first: JobRecord, job: JobRecord): JobSlot & { row: JobRow } => ({
  n,
  first,
  job,
  since: 0,
  gone: false,
  dirty: false,
  rides: false,
  told: -1,
  row: { kept: job, doc: null, spec: null, written: job },
});

/** A row that is on its way, and the job that it shows. */
export interface SentRow {
  readonly slot: JobSlot;
  readonly row: JobRow;
  readonly job: JobRecord;
}

/** The texts that its row has by number. */
export const wordsOf = ({ tenant, module, class_key, last_worker_id }: JobRecord): readonly string[] =>
  last_worker_id === null ? [tenant, module, class_key] : [tenant, module, class_key, last_worker_id];

/** As the jobs of a batch mostly do. */
export const haveSameWords = (a: JobRecord, b: JobRecord): boolean =>
  a.tenant === b.tenant &&
  a.module === b.module &&
  a.class_key === b.class_key &&
  a.last_worker_id === b.last_worker_id;

/** The rows of jobs that the journal knows better. */
export function rowChanges(
  slots: Iterable<JobSlot>,
  words: WordTable,
): { readonly changes: readonly RowChange[]; readonly sent: readonly SentRow[] } {
  const rows = new RowLists(words);
  const links: RowChange[] = [];
  const sent: SentRow[] = [];
  const seen = new Set<JobSlot>();
  for (const slot of slots) {
    const { row } = slot;
    if (row === null || slot.gone || row.kept === row.written || seen.has(slot)) continue;
    seen.add(slot);
    const { written, kept } = row;
    if (written === null) rows.insert(slot.n, row);
    else rows.update(slot.n, row, written);
    linkChanges(links, slot.n, written, kept);
    sent.push({ slot, row, job: kept });
  }
  return { changes: [...rows.changes(), ...links], sent };
}

const INSERT = [
  'n',
  'id',
  'tenant',
  'module',
  'created_at',
  'state',
  'class',
  'rank',
  'wake_at',
  'deadline_at',
  'worker',
  'finished_at',
  'doc',
  'grp',
] as const;

/** Columns that a change may touch, each where it would be in the mask of an update. */
const UPDATE = ['state', 'class', 'rank', 'wake_at', 'worker', 'finished_at'] as const;

/** Rows that change the same columns go together, so that no index of another is touched. */
class RowLists {
  readonly #words: WordTable;
  readonly #inserts: SqlValue[] = [];
  readonly #specs: SqlValue[] = [];
  readonly #updates = new Map<number, SqlValue[]>();

  constructor(words: WordTable) {
    this.#words = words;
  }

  insert(n: number, { kept: job, doc, spec }: JobRow): void {
    const words = this.#words;
    this.#inserts.push(
      n,
      job.id,
      words.idOf(job.tenant),
      words.idOf(job.module),
      job.created_at,
      stateNumber(job.status.state),
      words.idOf(job.class_key),
      job.rank,
      job.wake_at,
      job.deadline_at,
      this.#workerOf(job),
      job.finished_at,
      doc,
      job.group_id,
    );
    this.#specs.push(n, spec);
  }

  update(n: number, { kept: job, doc }: JobRow, before: JobRecord): void {
    const state = job.status.state !== before.status.state;
    const classed = job.class_key !== before.class_key;
    const ranked = job.rank !== before.rank;
    const woken = job.wake_at !== before.wake_at;
    const placed = job.last_worker_id !== before.last_worker_id;
    const finished = job.finished_at !== before.finished_at;
    const mask = maskOf(state, classed, ranked, woken, placed, finished);
    const values = listOf(this.#updates, mask);
    values.push(n);
    if (state) values.push(stateNumber(job.status.state));
    if (classed) values.push(this.#words.idOf(job.class_key));
    if (ranked) values.push(job.rank);
    if (woken) values.push(job.wake_at);
    if (placed) values.push(this.#workerOf(job));
    if (finished) values.push(job.finished_at);
    values.push(doc);
  }

  *changes(): Generator<RowChange> {
    if (this.#inserts.length > 0) {
      yield insertOf('jobs', INSERT, this.#inserts);
      yield insertOf('specs', ['n', 'spec'], this.#specs);
    }
    for (const [mask, values] of this.#updates) {
      const columns = [...UPDATE.filter((_, at) => mask & (1 << at)), 'doc'];
      yield { kind: 'update', columns, values };
    }
  }

  #workerOf({ last_worker_id }: JobRecord): number | null {
    return last_worker_id === null ? null : this.#words.idOf(last_worker_id);
  }
}

function maskOf(...bits: readonly boolean[]): number {
  let mask = 0;
  for (let at = 0; at < bits.length; at += 1) if (bits[at]) mask |= 1 << at;
  return mask;
}

function listOf(lists: Map<number, SqlValue[]>, mask: number): SqlValue[] {
  const known = lists.get(mask);
  if (known !== undefined) return known;
  const made: SqlValue[] = [];
  lists.set(mask, made);
  return made;
}

const insertOf = (table: string, columns: readonly string[], values: readonly SqlValue[]): RowChange => ({
  kind: 'insert',
  into: `${table} (${columns.join(', ')})`,
  width: columns.length,
  values,
});

/** The rows by which a job is found through its labels and artifacts, where they changed. */
function linkChanges(changes: RowChange[], n: number, before: JobRecord | null, after: JobRecord): void {
  if (before?.labels !== after.labels) {
    if (before !== null) changes.push(...unlabel(n, before));
    const values = Object.entries(after.labels).flatMap(([key, value]) => [key, value, n]);
    if (values.length > 0) changes.push(insertOf('labels', ['key', 'value', 'n'], values));
  }
  if (before?.artifacts !== after.artifacts) {
    for (const { id } of before?.artifacts ?? [])
      changes.push(run('DELETE FROM artifacts WHERE id = ?', [id]));
    const values = after.artifacts.flatMap(({ id }) => [id, n]);
    if (values.length > 0) changes.push(insertOf('artifacts', ['id', 'n'], values));
  }
}

/** Takes a pruned job out of the file. */
export function removalOf({ n, job }: JobSlot): RowChange[] {
  return [
    run('DELETE FROM jobs WHERE n = ?', [n]),
    run('DELETE FROM specs WHERE n = ?', [n]),
    ...unlabel(n, job),
    ...job.artifacts.map(({ id }) => run('DELETE FROM artifacts WHERE id = ?', [id])),
  ];
}

const unlabel = (n: number, { labels }: JobRecord): RowChange[] =>
  Object.entries(labels).map(([key, value]) =>
    run('DELETE FROM labels WHERE key = ? AND value = ? AND n = ?', [key, value, n]),
  );

const run = (sql: string, params: readonly SqlValue[]): RowChange => ({ kind: 'run', sql, params });
