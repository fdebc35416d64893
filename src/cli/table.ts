import type { Colour, Palette } from './palette.ts';
import { plain, truncate, widthOf } from './text.ts';

export interface Column<T> {
  readonly title: string;
  readonly value: (item: T) => string;
  readonly colour?: (item: T) => Colour | undefined;
  /** May be cut when the terminal is too narrow. */
  readonly flexible?: boolean;
}

const GAP = '  ';
const LEAST = 8;

/**
 * Columns as wide as their widest cell, no borders. Every cell is made safe to print here, so no caller can forget it.
 * @param width of the terminal; undefined when nobody looks, then nothing is cut
 */
export function layTable<T>(
  items: readonly T[],
  columns: readonly Column<T>[],
  palette: Palette,
  width?: number,
): string {
  const cells = items.map((item) => columns.map((column) => plain(column.value(item)) || '-'));
  const widths = columns.map((column, at) =>
    Math.max(widthOf(column.title), ...cells.map((row) => widthOf(row[at] ?? ''))),
  );
  if (width !== undefined) shrink(widths, columns, width);
  const pad = (text: string, at: number): string => {
    const room = widths[at] ?? 0;
    const cut = truncate(text, room);
    return at === columns.length - 1 ? cut : cut + ' '.repeat(Math.max(0, room - widthOf(cut)));
  };
  const head = columns.map((column, at) => palette.colour('dim', pad(column.title, at))).join(GAP);
  const body = items.map((item, row) =>
    columns
      .map((column, at) => {
        const colour = column.colour?.(item);
        const text = pad(cells[row]?.[at] ?? '', at);
        return colour === undefined ? text : palette.colour(colour, text);
      })
      .join(GAP),
  );
  return `${[head, ...body].join('\n')}\n`;
}

/** Takes what is too much from the widest flexible column, again and again. */
function shrink<T>(widths: number[], columns: readonly Column<T>[], width: number): void {
  const total = (): number => widths.reduce((sum, one) => sum + one, GAP.length * (widths.length - 1));
  while (total() > width) {
    let widest = -1;
    columns.forEach((column, at) => {
      if (column.flexible && (widths[at] ?? 0) > Math.max(LEAST, widths[widest] ?? 0)) widest = at;
    });
    if (widest < 0) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
}

/** Names and values under each other. */
export function layFacts(facts: readonly (readonly [string, string | null])[], palette: Palette): string {
  const shown = facts.filter((fact): fact is readonly [string, string] => fact[1] !== null);
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${palette.colour('dim', name.padEnd(width))}  ${value}\n`).join('');
}
