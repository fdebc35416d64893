import type { JobRecord } from '../../core/job.ts';
import type { Slot } from '../tables/job-table.ts';
import type { SqlValue } from './driver.ts';
import { encodeDoc, encodeSpec } from './job-codec.ts';
import type { RowChange } from './rows.ts';
import { stateNumber } from './status-codec.ts';
import type { WordTable } from './word-table.ts';

/** The job as its row has it. */
export type JobRow = JobRecord;

/** A row that is on its way, and what the slot said of it before. */
export interface SentRow {
  readonly slot: Slot<JobRow>;
  readonly before: JobRow | null;
}

/** The rows of changed jobs; from here on the slots say that the file has them. */
export function jobChanges(
  changed: Iterable<Slot<JobRow>>,
  words: WordTable,
): { readonly changes: RowChange[]; readonly sent: readonly SentRow[] } {
  const rows = new RowLists(words);
  const links: RowChange[] = [];
  const sent: SentRow[] = [];
  for (const slot of changed) {
    const { job, row: before } = slot;
    if (slot.gone || before === job) continue;
    if (before === null) rows.insert(slot);
    else rows.update(slot, before);
    linkChanges(links, slot.n, before, job);
    sent.push({ slot, before });
    slot.row = job;
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

  insert({ n, job, first }: Slot<JobRow>): void {
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
      encodeDoc(first, job),
      job.group_id,
    );
    this.#specs.push(n, encodeSpec(first));
  }

  update({ n, job, first }: Slot<JobRow>, before: JobRow): void {
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
    values.push(encodeDoc(first, job));
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
export function removalOf({ n, job }: Slot<JobRow>): RowChange[] {
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
