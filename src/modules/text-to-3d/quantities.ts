import { ModuleError } from '../module.ts';
import type { Cursor } from './cursor.ts';

/** metres */
const UNITS: Readonly<Record<string, number>> = {
  um: 1e-6,
  micron: 1e-6,
  mm: 0.001,
  millimetre: 0.001,
  millimeter: 0.001,
  cm: 0.01,
  centimetre: 0.01,
  centimeter: 0.01,
  dm: 0.1,
  decimetre: 0.1,
  decimeter: 0.1,
  m: 1,
  metre: 1,
  meter: 1,
  km: 1000,
  kilometre: 1000,
  kilometer: 1000,
  inch: 0.0254,
  ft: 0.3048,
  foot: 0.3048,
  yard: 0.9144,
  yd: 0.9144,
};
const PLURALS: Readonly<Record<string, string>> = { inches: 'inch', feet: 'foot' };

const WORDS: Readonly<Record<string, number>> = Object.fromEntries(
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty'
    .split(' ')
    .map((word, i) => [word, i]),
);
const TENS: Readonly<Record<string, number>> = {
  twenty: 20,
  thirty: 30,
  forty: 40,
  fifty: 50,
  sixty: 60,
  seventy: 70,
  eighty: 80,
  ninety: 90,
};

export const NUMBER_WORDS: readonly string[] = [
  ...Object.keys(WORDS),
  ...Object.keys(TENS),
  ...'hundred thousand half quarter dozen pair couple'.split(' '),
];
export const UNIT_WORDS: readonly string[] = [...Object.keys(UNITS), ...Object.keys(PLURALS)];

export interface Quantity {
  readonly value: number;
  /** canonical unit; left out where the prompt states none */
  readonly unit?: string;
}

export function unitOf(word: string): string | undefined {
  const name = PLURALS[word] ?? word;
  if (Object.hasOwn(UNITS, name)) return name;
  const singular = name.endsWith('s') ? name.slice(0, -1) : '';
  return singular.length > 2 && Object.hasOwn(UNITS, singular) ? singular : undefined;
}

export const metresIn = (unit: string): number => UNITS[unit] ?? 0.01;

/** A number in digits or words, with its unit: `4`, `2 1/2 inches`, `half a metre`, `twenty five`, `5 ft 6 in`. */
export function readQuantity(cursor: Cursor): Quantity | undefined {
  return cursor.attempt(() => {
    const value = readNumber(cursor) ?? readOne(cursor);
    if (value === undefined) return undefined;
    const unit = readUnit(cursor);
    if (unit === undefined) return { value };
    return { value: value + readTail(cursor, unit), unit };
  });
}

/** `5 foot 6 inches`: the inches, in feet; `one metre and a half`: the half. */
function readTail(cursor: Cursor, unit: string): number {
  if (cursor.take('and a half')) return 0.5;
  if (unit === 'm' || unit === 'metre' || unit === 'meter') return readCentimetres(cursor);
  if (unit !== 'foot' && unit !== 'ft') return 0;
  return (
    cursor.attempt(() => {
      const inches = readNumber(cursor);
      return inches !== undefined && readUnit(cursor) === 'inch' ? inches / 12 : undefined;
    }) ?? 0
  );
}

/** `1 m 20 cm`: one length, in metres. */
function readCentimetres(cursor: Cursor): number {
  return (
    cursor.attempt(() => {
      const more = cursor.peek()?.kind === 'number' ? readNumber(cursor) : undefined;
      if (more === undefined || more >= 100) return undefined;
      return readUnit(cursor) === 'cm' ? more / 100 : undefined;
    }) ?? 0
  );
}

/** `a metre`, `an inch`: the article is the number. */
function readOne(cursor: Cursor): number | undefined {
  if (cursor.sees('half a', 'half an')) {
    if (!unitOf(cursor.word(2))) return undefined;
    cursor.at += 2;
    return 0.5;
  }
  if (!cursor.sees('a', 'an')) return undefined;
  if (cursor.word(1) === 'half' && unitOf(cursor.word(2))) {
    cursor.at += 2;
    return 0.5;
  }
  if (cursor.word(1) === 'quarter' && cursor.word(2) === 'of') return undefined;
  if (!unitOf(cursor.word(1))) return undefined;
  cursor.at += 1;
  return 1;
}

function readUnit(cursor: Cursor): string | undefined {
  if (cursor.word() === 'in' && !['the', 'a', 'an', 'total', 'each', 'front'].includes(cursor.word(1))) {
    cursor.at++;
    cursor.take('.');
    return 'inch';
  }
  const unit = unitOf(cursor.word());
  if (unit) cursor.at++;
  return unit;
}

export function readNumber(cursor: Cursor): number | undefined {
  const token = cursor.peek();
  if (token?.kind === 'number') {
    cursor.at++;
    return (token.value ?? 0) + readHalf(cursor);
  }
  const value = readNumberWord(cursor);
  return value === undefined ? undefined : value + readHalf(cursor);
}

/** `2 1/2`, `two and a half` */
function readHalf(cursor: Cursor): number {
  const next = cursor.peek();
  if (next?.kind === 'number' && next.text.includes('/')) {
    cursor.at++;
    return next.value ?? 0;
  }
  return cursor.take('and a half') ? 0.5 : 0;
}

function readNumberWord(cursor: Cursor): number | undefined {
  if (cursor.take('a dozen', 'dozen', 'one dozen')) return 12;
  if (cursor.take('half a dozen')) return 6;
  if (cursor.take('a pair of', 'pair of', 'a couple of', 'couple of')) return 2;
  if (cursor.take('a hundred')) return 100;
  if (cursor.take('a thousand')) return 1000;
  if (unitOf(cursor.word(1)) && cursor.take('half')) return 0.5;
  const tens = TENS[cursor.word()];
  if (tens !== undefined) {
    cursor.at++;
    const ones = WORDS[cursor.word()];
    if (ones === undefined || ones < 1 || ones > 9) return tens;
    cursor.at++;
    return tens + ones;
  }
  const value = WORDS[cursor.word()];
  if (value === undefined) return undefined;
  cursor.at++;
  return cursor.take('hundred') ? value * 100 : cursor.take('thousand') ? value * 1000 : value;
}

const LARGEST_M = 10_000;
const SMALLEST_M = 1e-6;

/** Metres, refused where no such thing can be. */
export function checkLength(metres: number, field: string, words: string): number {
  if (metres > LARGEST_M) throw invalid(field, words, 'is more than 10 km');
  if (metres <= 0) throw invalid(field, words, 'must be more than 0');
  if (metres < SMALLEST_M) throw invalid(field, words, 'is less than a micron');
  return metres;
}

export function invalid(field: string, value: unknown, why: string): ModuleError {
  return new ModuleError('invalid_prompt', `${field}: "${String(value)}" ${why}`, {
    hint: `Change the ${field} in the prompt.`,
    details: { field, value },
  });
}
