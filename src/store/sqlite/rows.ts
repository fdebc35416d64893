import type { Driver, SqlValue } from './driver.ts';

/*
 * A group of changes as it passes to the writer: rows as flat lists of values, because many rows per statement cost far
 * less than a statement per row, and a flat list passes between threads at little more than its bytes.
 */
export type RowChange =
  | {
      readonly kind: 'insert';
      /** table and columns */
      readonly into: string;
      readonly width: number;
      readonly values: readonly SqlValue[];
    }
  | {
      readonly kind: 'update';
      /** of `jobs`; the values of a row begin with its number */
      readonly columns: readonly string[];
      readonly values: readonly SqlValue[];
    }
  | { readonly kind: 'run'; readonly sql: string; readonly params: readonly SqlValue[] };

/**
 * Writes a group whole or, when it throws, not at all. What is not synced may be gone after a power cut, with all that
 * was written after it, until the next group that is.
 */
export function writeRows(driver: Driver, changes: readonly RowChange[], { synced = true } = {}): void {
  if (!synced) driver.exec('PRAGMA synchronous = NORMAL');
  try {
    driver.run('BEGIN IMMEDIATE', []);
    for (const change of changes) apply(driver, change);
    driver.run(synced ? 'COMMIT' : 'END', []);
  } catch (error) {
    rollBack(driver);
    throw error;
  } finally {
    if (!synced) driver.exec('PRAGMA synchronous = FULL');
  }
}

function rollBack(driver: Driver): void {
  try {
    driver.run('ROLLBACK', []);
  } catch {
    // SQLite has already rolled back by itself, as it does when the disk is full.
  }
}

function apply(driver: Driver, change: RowChange): void {
  if (change.kind === 'run') {
    driver.run(change.sql, change.params);
    return;
  }
  const width = change.kind === 'insert' ? change.width : change.columns.length + 1;
  const sqlOf = change.kind === 'insert' ? insertInto(change.into, width) : updateOf(change.columns);
  inChunks(change.values, width, (size, params) => driver.run(sqlOf(size), params));
}

type SqlBySize = (rows: number) => string;

const insertInto =
  (into: string, width: number): SqlBySize =>
  (size) =>
    textOf(`${into}/${size}`, () => `INSERT INTO ${into} VALUES ${places(size, width)}`);

const updateOf =
  (columns: readonly string[]): SqlBySize =>
  (size) =>
    textOf(`${columns.join()}/${size}`, () => updateText(columns, size));

/** Rows per statement. */
const SIZES = [128, 32, 8, 1] as const;

const places = (rows: number, width: number): string => {
  const row = `(${Array(width).fill('?').join(',')})`;
  return Array(rows).fill(row).join(',');
};

const texts = new Map<string, string>();
function textOf(key: string, make: () => string): string {
  const known = texts.get(key) ?? make();
  texts.set(key, known);
  return known;
}

function updateText(columns: readonly string[], size: number): string {
  const set = columns.map((name, index) => `${name} = v.column${index + 2}`).join(', ');
  return `UPDATE jobs SET ${set} FROM (VALUES ${places(size, columns.length + 1)}) v WHERE jobs.n = v.column1`;
}

/** Calls back with the values of as many rows as one statement takes. */
function inChunks(
  values: readonly SqlValue[],
  width: number,
  run: (size: number, params: readonly SqlValue[]) => void,
): void {
  let left = values.length / width;
  let at = 0;
  while (left > 0) {
    const size = SIZES.find((count) => count <= left) ?? 1;
    const end = at + size * width;
    run(size, at === 0 && end === values.length ? values : values.slice(at, end));
    at = end;
    left -= size;
  }
}
