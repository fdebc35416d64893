import { readAdjective } from './adjectives.ts';
import { readArrangementOf } from './arrangement.ts';
import { ADJECTIVES, DETERMINERS, DIMENSIONS, SCALES } from './lexicon.ts';
import { readMeasure } from './measures.ts';
import { readModifiers } from './modifiers.ts';
import { isColour, isFinish, isMaterial } from './palette.ts';
import { type Noun, newPhrase, type Phrase } from './phrase.ts';
import { readNumber, unitOf } from './quantities.ts';
import { findNoun, NO_PARTS, type Reading } from './reading.ts';

const NOTHING: Noun = { id: '', kind: 'thing' };
/** `three legged`, `six sided`, `two storey`: a part said as an adjective. */
const PART_ADJECTIVES: Readonly<Record<string, string>> = {
  legged: 'leg',
  sided: 'side',
  pointed: 'point',
  wheeled: 'wheel',
  toothed: 'tooth',
  storied: 'floor',
  storeyed: 'floor',
};

/** `[a] [row of] [five] [2 cm] [big] [red] cubes [4 cm apart] [with …]` */
export function readPhrase(reading: Reading, parts: ReadonlySet<string>): Phrase | undefined {
  const { cursor } = reading;
  return cursor.attempt(() => readArranged(reading) ?? readOne(reading, parts));
}

function readArranged(reading: Reading): Phrase | undefined {
  return reading.cursor.attempt(() => {
    const arrangement = readArrangementOf(reading);
    if (!arrangement) return undefined;
    const inner = readOne(reading, NO_PARTS);
    if (!inner || (inner.count === undefined && !arrangement.grid && !isListed(inner))) return undefined;
    inner.arrangement = { ...arrangement, ...inner.arrangement, kind: arrangement.kind };
    return inner;
  });
}

const isListed = (phrase: Phrase): boolean =>
  phrase.measures.some(({ key, values }) => key !== 'dims' && values.length > 1);

function readOne(reading: Reading, parts: ReadonlySet<string>): Phrase | undefined {
  const { cursor } = reading;
  return cursor.attempt(() => {
    const draft = newPhrase(NOTHING, '');
    for (;;) {
      const found = takesNoun(reading, parts);
      if (found) {
        const start = cursor.at;
        cursor.at += found.length;
        const phrase = { ...draft, noun: found.noun, words: cursor.since(start) };
        readModifiers(reading, phrase);
        return phrase;
      }
      if (!readBefore(reading, draft)) return undefined;
    }
  });
}

/** A noun that names what is modelled; `brick` before another noun is what that is made of. */
function takesNoun(reading: Reading, parts: ReadonlySet<string>) {
  const found = findNoun(reading, parts);
  const word = reading.cursor.word();
  if (!found || found.length > 1 || !isMaterial(word)) return found;
  for (let ahead = 1; ahead < 5; ahead++) {
    if (findNoun(reading, parts, ahead)) return undefined;
    if (!isAdjective(reading.cursor.word(ahead))) return found;
  }
  return found;
}

function readBefore(reading: Reading, draft: Phrase): boolean {
  const { cursor } = reading;
  return (
    readPartAdjective(reading, draft) ||
    readCount(reading, draft) ||
    readSize(reading, draft) ||
    readAdjective(reading, draft) ||
    skipBetween(reading) ||
    (DETERMINERS.has(cursor.word()) && takeDeterminer(reading, draft))
  );
}

/** "some" and "several" are an amount too: three, which is said. */
function takeDeterminer({ cursor }: Reading, draft: Phrase): boolean {
  if (cursor.word() === 'some') draft.flags.push('some');
  if (cursor.word() === 'the') draft.definite = true;
  cursor.at++;
  return true;
}

function readPartAdjective({ cursor, vocabulary }: Reading, draft: Phrase): boolean {
  return (
    cursor.attempt(() => {
      const start = cursor.at;
      const count = readNumber(cursor);
      if (count === undefined || !Number.isInteger(count)) return undefined;
      const word = cursor.word();
      const id = PART_ADJECTIVES[word] ?? vocabulary.parts.get(word)?.id;
      const plural = id === undefined || /s$/.test(word);
      if (plural || !/^[a-z]/.test(cursor.word(1)) || cursor.sees(`${word} with`)) return undefined;
      if (!PART_ADJECTIVES[word] && (count === 1 || isDimension(cursor.word(1)))) return undefined;
      cursor.at++;
      draft.parts.push({ ...newPhrase({ id, kind: 'part' }, cursor.since(start)), count });
      return true;
    }) ?? false
  );
}

const isDimension = (word: string): boolean => Object.hasOwn(DIMENSIONS, word);

/** A whole number without a unit, before the noun: how many. */
function readCount({ cursor }: Reading, draft: Phrase): boolean {
  if (draft.count !== undefined) return false;
  if (cursor.take('several', 'a few', 'few')) {
    draft.flags.push('some');
    return true;
  }
  return (
    cursor.attempt(() => {
      // "a 4 cube" is a size
      if (['a', 'an'].includes(cursor.word(-1))) return undefined;
      const count = readNumber(cursor);
      if (count === undefined || !Number.isInteger(count)) return undefined;
      if (unitOf(cursor.word()) || isDimension(cursor.word()) || cursor.sees('by', 'x', '*', 'times'))
        return undefined;
      draft.count = count;
      return true;
    }) ?? false
  );
}

function readSize({ cursor, units, partNames }: Reading, draft: Phrase): boolean {
  const measure = readMeasure(cursor, units, partNames);
  if (!measure) return false;
  draft.measures.push(measure);
  cursor.take('by');
  return true;
}

const isAdjective = (word: string): boolean =>
  isColour(word) || isMaterial(word) || isFinish(word) || word in ADJECTIVES || word in SCALES;

/** `a big, red and shiny cube` */
function skipBetween({ cursor }: Reading): boolean {
  const mark = cursor.mark() === ',' || cursor.word() === 'and';
  if (!mark || cursor.at === 0) return false;
  const before = cursor.word(-1);
  const after = cursor.word(1);
  const joins = isAdjective(before) && isAdjective(after);
  if (joins) cursor.at++;
  return joins;
}
