import type { JobRecord } from '../../core/job.ts';
import type { Slot } from '../tables/job-table.ts';
import type { SqlValue } from './driver.ts';
import { COLUMNS, type Columns, columnsOf, encodeDoc, encodeSpec } from './job-codec.ts';
import type { RowChange } from './rows.ts';
import type { WordTable } from './word-table.ts';

/** A job as its row has it. */
export interface JobRow {
  readonly job: JobRecord;
  readonly columns: Columns;
}

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
  const rows = new RowLists();
  const links: RowChange[] = [];
  const sent: SentRow[] = [];
  const wordOf = (text: string): number => words.idOf(text);
  for (const slot of changed) {
    if (slot.gone || slot.row?.job === slot.job) continue;
    const columns = columnsOf(slot.job, wordOf);
    if (slot.row === null) rows.insert(slot, columns, words);
    else rows.update(slot, slot.row.columns, columns);
    linkChanges(links, slot.n, slot.row?.job ?? null, slot.job);
    sent.push({ slot, before: slot.row });
    slot.row = { job: slot.job, columns };
  }
  return { changes: [...rows.changes(), ...links], sent };
}

/** Rows that say the same columns go together. */
class RowLists {
  readonly #inserts = new Map<number, SqlValue[]>();
  readonly #specs: SqlValue[] = [];
  readonly #updates = new Map<number, SqlValue[]>();

  /** A column that is null is left out. */
  insert({ n, job, first }: Slot<JobRow>, columns: Columns, words: WordTable): void {
    const doc = encodeDoc(first, job);
    const rest = [...columns, job.deadline_at, doc];
    const values = listOf(this.#inserts, maskOf(rest));
    values.push(n, job.id, words.idOf(job.tenant), words.idOf(job.module), job.created_at);
    this.#specs.push(n, encodeSpec(first));
    for (const value of rest) if (value !== null) values.push(value);
  }

  /** A column that stays is left out, so that no index of it is touched. */
  update({ n, job, first }: Slot<JobRow>, stored: Columns, columns: Columns): void {
    const mask = maskOf(columns.map((value, at) => (value === stored[at] ? null : 1)));
    const values = listOf(this.#updates, mask);
    values.push(n);
    for (const [at, value] of columns.entries()) if (value !== stored[at]) values.push(value);
    values.push(encodeDoc(first, job));
  }

  *changes(): Generator<RowChange> {
    for (const [mask, values] of this.#inserts) {
      const names = [...INSERT_FIXED, ...INSERT_REST.filter((_, at) => mask & (1 << at))];
      yield { kind: 'insert', into: `jobs (${names.join(', ')})`, width: names.length, values };
    }
    if (this.#specs.length > 0)
      yield { kind: 'insert', into: 'specs (n, spec)', width: 2, values: this.#specs };
    for (const [mask, values] of this.#updates) {
      yield {
        kind: 'update',
        columns: [...COLUMNS.filter((_, at) => mask & (1 << at)), 'doc'],
        values,
      };
    }
  }
}

const INSERT_FIXED = ['n', 'id', 'tenant', 'module', 'created_at'] as const;
const INSERT_REST = [...COLUMNS, 'deadline_at', 'doc'] as const;

function maskOf(values: readonly unknown[]): number {
  let mask = 0;
  for (let at = 0; at < values.length; at += 1) if (values[at] !== null) mask |= 1 << at;
  return mask;
}

function listOf(lists: Map<number, SqlValue[]>, mask: number): SqlValue[] {
  const known = lists.get(mask);
  if (known !== undefined) return known;
  const made: SqlValue[] = [];
  lists.set(mask, made);
  return made;
}

/** The rows by which a job is found through its labels and artifacts, where they changed. */
function linkChanges(changes: RowChange[], n: number, before: JobRecord | null, after: JobRecord): void {
  if (before?.labels !== after.labels) {
    if (before !== null) changes.push(...unlabel(n, before));
    const values = Object.entries(after.labels).flatMap(([key, value]) => [key, value, n]);
    if (values.length > 0) changes.push({ kind: 'insert', into: 'labels (key, value, n)', width: 3, values });
  }
  if (before?.artifacts !== after.artifacts) {
    for (const { id } of before?.artifacts ?? [])
      changes.push(run('DELETE FROM artifacts WHERE id = ?', [id]));
    const values = after.artifacts.flatMap(({ id }) => [id, n]);
    if (values.length > 0) changes.push({ kind: 'insert', into: 'artifacts (id, n)', width: 2, values });
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
