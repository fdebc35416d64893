import type { Arrangement, Phrase } from './phrase.ts';
import { readNumber, readQuantity } from './quantities.ts';
import type { Reading } from './reading.ts';

const KINDS: Readonly<Record<string, Arrangement['kind']>> = {
  row: 'row',
  line: 'row',
  column: 'stack',
  ring: 'ring',
  circle: 'ring',
  grid: 'grid',
  array: 'grid',
  stack: 'stack',
  tower: 'stack',
  pile: 'stack',
  pillar: 'stack',
};

/** `a row of five …`, `a 3 by 4 grid of …`: what comes before the things arranged. */
export function readArrangementOf({ cursor }: Reading): Arrangement | undefined {
  return cursor.attempt(() => {
    const start = cursor.at;
    cursor.take('a', 'an', 'the');
    const grid = readGrid(cursor);
    cursor.take('tall', 'straight', 'vertical', 'horizontal');
    const kind = KINDS[cursor.word()];
    if (!kind || cursor.word(1) !== 'of' || (grid && kind !== 'grid')) return undefined;
    cursor.at += 2;
    const inner = grid ?? readGrid(cursor);
    const words = cursor.since(start);
    return inner ? { kind, words, grid: inner } : { kind, words };
  });
}

function readGrid(cursor: Reading['cursor']): [number, number] | undefined {
  return cursor.attempt(() => {
    const columns = readNumber(cursor);
    if (columns === undefined || !cursor.take('by', 'x', 'times')) return undefined;
    const rows = readNumber(cursor);
    const whole = Number.isInteger(columns) && Number.isInteger(rows);
    if (!whole || rows === undefined || cursor.sees('x', 'by')) return undefined;
    return [columns, rows];
  });
}

/** What is said of the arrangement after its things: `in a ring`, `5 cm apart`, `on a circle of radius 5 cm`. */
export function readArrangement(reading: Reading, phrase: Phrase): boolean {
  const { cursor } = reading;
  const start = cursor.at;
  const found = readShape(reading) ?? readSpacing(reading);
  if (!found) return false;
  const before = phrase.arrangement;
  const words = [before?.words, cursor.since(start)].filter(Boolean).join(', ');
  const kind = found.kind ?? before?.kind ?? 'row';
  phrase.arrangement = { ...before, ...found, kind, words };
  return true;
}

type Found = Partial<Arrangement>;

const FILLERS = [
  'arranged',
  'placed',
  'set',
  'laid out',
  'evenly spaced',
  'evenly',
  'equally spaced',
  'spaced',
];
const STACKED = [
  'stacked on top of each other',
  'stacked on top of one another',
  'stacked on each other',
  'stacked vertically',
  'stacked up',
  'on top of each other',
  'on top of one another',
  'one on top of the other',
  'one on top of another',
  'in a stack',
  'in a tower',
  'in a pile',
  'in a column',
  'stacked',
];
const ROW = [
  'in a straight line',
  'in a straight row',
  'in a row',
  'in a line',
  'side by side',
  'next to each other',
  'beside each other',
  'in one row',
];

function readShape(reading: Reading): Found | undefined {
  const { cursor } = reading;
  return cursor.attempt((): Found | undefined => {
    cursor.take(...FILLERS);
    if (cursor.take(...STACKED)) return { kind: 'stack' };
    if (cursor.take(...ROW)) return { kind: 'row' };
    if (cursor.take('one behind the other', 'behind each other')) return { kind: 'column' };
    if (
      cursor.take('in a circle', 'in a ring', 'on a circle', 'around a circle', 'on a ring', 'along a circle')
    ) {
      const radius = readRadius(reading);
      return radius === undefined ? { kind: 'ring' } : { kind: 'ring', radius };
    }
    if (cursor.take('in a grid')) return { kind: 'grid' };
    if (!cursor.take('in a', 'in an')) return undefined;
    const grid = readGrid(cursor);
    return grid && cursor.take('grid', 'array', 'pattern') ? { kind: 'grid', grid } : undefined;
  });
}

function readRadius({ cursor, units }: Reading): number | undefined {
  return cursor.attempt(() => {
    cursor.take('of', 'with a', 'with');
    const named = cursor.take('radius', 'diameter');
    cursor.take('of', ':', '=');
    const quantity = readQuantity(cursor);
    if (!quantity) return undefined;
    const trailing = named ?? cursor.take('in radius', 'in diameter', 'radius', 'diameter');
    if (!trailing) return undefined;
    return units.metres(quantity, 'radius of the ring') / (trailing.includes('diameter') ? 2 : 1);
  });
}

/** `5 cm apart` is from centre to centre; `a gap of 1 cm`, `1 cm between them` is from face to face. */
function readSpacing(reading: Reading): Found | undefined {
  const { cursor, units } = reading;
  return cursor.attempt((): Found | undefined => {
    if (cursor.take('touching each other', 'touching', 'with no gaps', 'without gaps')) return { gap: 0 };
    const filler = cursor.take(...FILLERS);
    cursor.take('with');
    cursor.take('a', 'an');
    const gap = cursor.take('gap of', 'gaps of', 'space of', 'distance of', 'spacing of', 'spacing');
    cursor.take('at');
    const quantity = readQuantity(cursor);
    if (!quantity) return filler === 'evenly spaced' || filler === 'equally spaced' ? {} : undefined;
    const said =
      gap ??
      cursor.take('apart', 'spacing', 'gaps', 'gap', 'of space', 'between them', 'between each', 'between');
    if (!said && filler !== 'spaced') return undefined;
    cursor.take('between them', 'between each', 'between the centres', 'apart');
    const metres = units.metres(quantity, 'spacing');
    return /gap|space of|between|of space/.test(said ?? '') ? { gap: metres } : { spacing: metres };
  });
}
