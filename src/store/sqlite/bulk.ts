import type { Driver, SqlValue } from './driver.ts';
import { COLUMNS } from './job-codec.ts';

/** Rows per statement: most of the cost of a row is the call, not the row. */
const SIZES = [64, 16, 4, 1] as const;

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

function inChunks(
  rows: readonly (readonly SqlValue[])[],
  run: (size: number, params: SqlValue[]) => void,
): void {
  let at = 0;
  while (at < rows.length) {
    const size = SIZES.find((count) => count <= rows.length - at) ?? 1;
    run(size, rows.slice(at, at + size).flat());
    at += size;
  }
}

/** Inserts whole rows of any table. */
export function insertRows(driver: Driver, into: string, rows: readonly (readonly SqlValue[])[]): void {
  const width = rows[0]?.length ?? 0;
  inChunks(rows, (size, params) => {
    const sql = textOf(`${into}/${width}/${size}`, () => `INSERT INTO ${into} VALUES ${values(size, width)}`);
    driver.run(sql, params);
  });
}

/** Rows to update that change the same columns; only indexes of those columns are touched. */
export class Updates {
  readonly #byMask = new Map<number, SqlValue[][]>();

  add(n: number, stored: readonly SqlValue[], columns: readonly SqlValue[], doc: string): void {
    let mask = 0;
    const row: SqlValue[] = [n];
    for (const [index, value] of columns.entries()) {
      if (value === stored[index]) continue;
      mask |= 1 << index;
      row.push(value);
    }
    row.push(doc);
    const rows = this.#byMask.get(mask);
    if (rows === undefined) this.#byMask.set(mask, [row]);
    else rows.push(row);
  }

  run(driver: Driver): void {
    for (const [mask, rows] of this.#byMask) {
      const names = [...COLUMNS.filter((_, index) => mask & (1 << index)), 'doc'];
      inChunks(rows, (size, params) => {
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
