import type { Cursor } from './cursor.ts';
import { DIMENSIONS, QUALIFIERS, singulars, TRAILING } from './lexicon.ts';
import type { Measure } from './phrase.ts';
import { checkLength, metresIn, type Quantity, readQuantity, unitOf } from './quantities.ts';
import type { Token } from './tokens.ts';

/** The unit of numbers that state none: the prompt's only unit, else the last one said, else cm. */
export class Units {
  private readonly only: string | undefined;
  private last: string | undefined;
  /** the unit last taken where none was said */
  assumed: string | undefined;

  constructor(tokens: readonly Token[]) {
    const stated = tokens.flatMap((token, i) => {
      const before = tokens[i - 1];
      const counts = before?.kind === 'number' || before?.text === 'a' || before?.text === 'an';
      const word = token.text === 'in' && before?.kind === 'number' ? 'inch' : token.text;
      return counts && token.kind === 'word' ? (unitOf(word) ?? []) : [];
    });
    this.only = new Set(stated).size === 1 ? stated[0] : undefined;
  }

  metres(quantity: Quantity, field: string, later?: string): number {
    const unit = quantity.unit ?? later ?? this.only ?? this.last ?? 'cm';
    if (quantity.unit) this.last = quantity.unit;
    const words = `${trim(quantity.value)} ${unit}`;
    if (!quantity.unit && !later) this.assumed = unit;
    return checkLength(quantity.value * metresIn(unit), field, words);
  }
}

const trim = (value: number): string => String(Number(value.toPrecision(6)));
const LINKS = ['equal to', 'of about', 'of', ':', '=', 'is', 'are', 'being', 'at'] as const;
const EACH_SIDE = ['on each side', 'on every side', 'on a side', 'per side', 'each side', 'along each edge'];

/** A measure in any of its forms, where one starts here. `parts` are nouns that may qualify it ("leg height"). */
export function readMeasure(cursor: Cursor, units: Units, parts: ReadonlySet<string>): Measure | undefined {
  return cursor.attempt(() => {
    const start = cursor.at;
    units.assumed = undefined;
    const found = readNamed(cursor, units, parts) ?? readNumbered(cursor, units, parts);
    const { assumed } = units;
    const words = cursor.since(start);
    return found && (assumed ? { ...found, words, assumed } : { ...found, words });
  });
}

/** `height of 4 cm`, `outer diameter: 20 mm`, `sides 3, 2 and 1 cm` */
function readNamed(cursor: Cursor, units: Units, parts: ReadonlySet<string>): Measure | undefined {
  return cursor.attempt(() => {
    cursor.take('a', 'an', 'the', 'its');
    const key = readKey(cursor, parts);
    if (!key || TRAILING.has(cursor.word(-1))) return undefined;
    cursor.take(...LINKS);
    const chain = key === 'size' ? readChain(cursor) : undefined;
    if (chain) return { key: 'dims', values: toMetres(chain, units, key), words: '' };
    const list = readList(cursor) ?? [readQuantity(cursor)];
    if (!list[0]) return undefined;
    return { key, values: toMetres(list, units, key), words: '' };
  });
}

/** `4 cm tall`, `2 cm in diameter`, `10 by 6 by 1 cm`, `2 cm sides`, `3 cm on each side`, `4 cm` */
function readNumbered(cursor: Cursor, units: Units, parts: ReadonlySet<string>): Measure | undefined {
  const chain = readChain(cursor);
  if (chain) {
    const key = readChainKey(cursor);
    return { key, values: toMetres(chain, units, 'size'), words: '' };
  }
  const list = readBareList(cursor) ?? [readQuantity(cursor)];
  const [first] = list;
  if (!first) return undefined;
  const key = cursor.take(...EACH_SIDE) ? 'side' : (readTrailingKey(cursor, parts) ?? 'size');
  const values = toMetres(list, units, key);
  const plain = list.length === 1 && first.unit === undefined;
  return plain ? { key, values, bare: first.value, words: '' } : { key, values, words: '' };
}

/** What joined lengths are of: `6 by 4 cm base`; the last of three may be named: `10 by 6 by 1 cm thick`. */
function readChainKey(cursor: Cursor): string {
  if (cursor.take('base')) return 'base';
  cursor.take('in size', 'high', 'tall', 'thick');
  return 'dims';
}

function readTrailingKey(cursor: Cursor, parts: ReadonlySet<string>): string | undefined {
  return cursor.attempt(() => {
    cursor.take('in', 'of');
    return readKey(cursor, parts);
  });
}

/** Qualifiers and a dimension word: `outer diameter`, `wall thickness`, `base`, `leg height`. */
function readKey(cursor: Cursor, parts: ReadonlySet<string>): string | undefined {
  return cursor.attempt(() => {
    const said: string[] = [];
    for (let i = 0; i < 3; i++) {
      const word = cursor.word();
      const qualifier = QUALIFIERS[word] ?? partOf(word, parts);
      const next = cursor.word(1);
      const goesOn = DIMENSIONS[next] !== undefined || QUALIFIERS[next] !== undefined;
      if (qualifier === undefined || !goesOn) break;
      said.push(qualifier);
      cursor.at++;
    }
    const dimension = DIMENSIONS[cursor.word()];
    if (!dimension) return undefined;
    cursor.at++;
    const key = [...said, dimension].filter(Boolean).join(' ');
    return key === 'side length' ? 'side' : key;
  });
}

const partOf = (word: string, parts: ReadonlySet<string>): string | undefined =>
  singulars(word).find((form) => parts.has(form));

/** `10 by 6 by 1 cm`, `6 x 4 x 3`: two or three quantities. */
function readChain(cursor: Cursor): Quantity[] | undefined {
  return cursor.attempt(() => {
    const list: Quantity[] = [];
    do {
      const next = readQuantity(cursor);
      if (!next) return undefined;
      list.push(next);
    } while (list.length < 3 && takeBy(cursor));
    return list.length > 1 ? list : undefined;
  });
}

function takeBy(cursor: Cursor): boolean {
  return (
    cursor.attempt(() => {
      if (!cursor.take('by', 'x', '*', 'times')) return undefined;
      const start = cursor.at;
      const more = readQuantity(cursor);
      cursor.at = start;
      return more ? true : undefined;
    }) ?? false
  );
}

/** `3, 2 and 1 cm` */
function readList(cursor: Cursor): Quantity[] | undefined {
  return cursor.attempt(() => {
    const list: Quantity[] = [];
    let closed = false;
    for (;;) {
      const next = readQuantity(cursor);
      if (!next) return undefined;
      list.push(next);
      if (closed) break;
      closed = cursor.take(', and', 'and') !== undefined;
      if (!closed && !cursor.take(',')) break;
    }
    const wrong = list.length < 2 || !closed || DIMENSIONS[cursor.word()] !== undefined;
    return wrong ? undefined : list;
  });
}

/** In front of its noun a list must share one unit at its end, or it is two things: `4 cm and 3 …`. */
function readBareList(cursor: Cursor): Quantity[] | undefined {
  return cursor.attempt(() => {
    const list = readList(cursor);
    const shared = list?.every((quantity, i) => (quantity.unit !== undefined) === (i === list.length - 1));
    return shared ? list : undefined;
  });
}

function toMetres(list: readonly (Quantity | undefined)[], units: Units, key: string): number[] {
  return list.flatMap((quantity, i) => {
    const later = list.slice(i).find((other) => other?.unit)?.unit;
    return quantity ? [units.metres(quantity, key, later)] : [];
  });
}
