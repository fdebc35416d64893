import type { Driver, SqlValue } from './driver.ts';
import { COLUMNS } from './job-codec.ts';

/** Rows per statement: most of the cost of a row is the call, not the row. */
const SIZES = [128, 32, 8, 1] as const;

const values = (rows: number, width: number): string => {
  const row = `(${Array(width).fill('?').join(',')})`;
  return Array(rows).fill(row).join(',');
};

const texts = new Map<string, string>();
function textOf(key: string, make: () => string): string {
  const known = texts.get(key) ?? make();
  texts.set(key, known);
  return known;
}

/** Calls back with the parameters of as many rows as one statement takes; `width` values make a row. */
function inChunks(
  rows: readonly SqlValue[],
  width: number,
  run: (size: number, params: readonly SqlValue[]) => void,
): void {
  let left = rows.length / width;
  let at = 0;
  while (left > 0) {
    const size = SIZES.find((count) => count <= left) ?? 1;
    const end = at + size * width;
    run(size, at === 0 && end === rows.length ? rows : rows.slice(at, end));
    at = end;
    left -= size;
  }
}

/** Inserts whole rows, given as one list of their values. */
export function insertRows(driver: Driver, into: string, width: number, rows: readonly SqlValue[]): void {
  inChunks(rows, width, (size, params) => {
    const sql = textOf(`${into}/${size}`, () => `INSERT INTO ${into} VALUES ${values(size, width)}`);
    driver.run(sql, params);
  });
}

/** New rows of jobs; a column that is null is left out, which is most of them. */
export class Inserts {
  readonly #byMask = new Map<number, SqlValue[]>();

  add(fixed: readonly SqlValue[], columns: readonly SqlValue[], doc: string): void {
    let mask = 0;
    for (const [index, value] of columns.entries()) if (value !== null) mask |= 1 << index;
    const rows = rowsOf(this.#byMask, mask);
    rows.push(...fixed);
    for (const value of columns) if (value !== null) rows.push(value);
    rows.push(doc);
  }

  run(driver: Driver): void {
    for (const [mask, rows] of this.#byMask) {
      const names = ['n', 'id', 'module', 'tenant', ...namesOf(mask), 'doc'];
      insertRows(driver, `jobs (${names.join(', ')})`, names.length, rows);
    }
  }
}

const namesOf = (mask: number): string[] => COLUMNS.filter((_, index) => mask & (1 << index));

function rowsOf(byMask: Map<number, SqlValue[]>, mask: number): SqlValue[] {
  const known = byMask.get(mask) ?? [];
  byMask.set(mask, known);
  return known;
}

/** Rows to update that change the same columns; only indexes of those columns are touched. */
export class Updates {
  readonly #byMask = new Map<number, SqlValue[]>();

  add(n: number, stored: readonly SqlValue[], columns: readonly SqlValue[], doc: string): void {
    let mask = 0;
    for (const [index, value] of columns.entries()) if (value !== stored[index]) mask |= 1 << index;
    const rows = rowsOf(this.#byMask, mask);
    rows.push(n);
    for (const [index, value] of columns.entries()) if (value !== stored[index]) rows.push(value);
    rows.push(doc);
  }

  run(driver: Driver): void {
    for (const [mask, rows] of this.#byMask) {
      const names = [...namesOf(mask), 'doc'];
      inChunks(rows, names.length + 1, (size, params) => {
        const sql = textOf(`update/${mask}/${size}`, () => updateText(names, size));
        driver.run(sql, params);
      });
    }
  }
}

function updateText(names: readonly string[], size: number): string {
  const set = names.map((name, index) => `${name} = v.column${index + 2}`).join(', ');
  return `UPDATE jobs SET ${set} FROM (VALUES ${values(size, names.length + 1)}) v WHERE jobs.n = v.column1`;
}
