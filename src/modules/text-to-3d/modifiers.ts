import { readAdjective, readFinish, readLook } from './adjectives.ts';
import { readArrangement } from './arrangement.ts';
import { SPOTS } from './lexicon.ts';
import { readMeasure } from './measures.ts';
import type { Measure, Phrase } from './phrase.ts';
import { readNumber } from './quantities.ts';
import { NO_PARTS, type Reading } from './reading.ts';
import { readPlacement } from './relations.ts';
import { readTurn } from './turns.ts';

const WITH = [
  'that has',
  'which has',
  'that have',
  'it has',
  'with',
  'has',
  'have',
  'having',
  'featuring',
  'wearing',
  'including',
  'it also has',
  'they have',
];
const WITHOUT = ['without', 'but no', 'with no', 'has no', 'and no', 'but without', 'no'];
const IS = [
  'that is',
  'which is',
  'that are',
  'which are',
  'it is',
  "it's",
  'they are',
  'it should be',
  'should be',
  'must be',
  'is',
  'are',
];

/** Everything said of a noun after it. A thing takes on whatever follows; a part only what stands next to it. */
export function readModifiers(reading: Reading, phrase: Phrase): void {
  const part = phrase.noun.kind === 'part';
  let each = false;
  for (;;) {
    if (part ? readOfPart(reading, phrase) : readOfThing(reading, phrase)) continue;
    const said = readSeparated(reading, phrase, each);
    if (said === undefined) return;
    each ||= said === 'each';
  }
}

/** After a comma or "and": what still belongs to the noun. */
function readSeparated(reading: Reading, phrase: Phrase, each: boolean): 'each' | 'more' | undefined {
  const { cursor } = reading;
  return cursor.attempt(() => {
    const mark = cursor.take(', and', ',', ':', ';', '(', ')', '.', '-', 'and', 'but');
    if (mark === undefined) return undefined;
    if (mark === ')') return 'more';
    const named = cursor.take('each one', 'each', 'every one') !== undefined;
    if (phrase.noun.kind === 'part') {
      if (named || each) return readOfPart(reading, phrase) ? 'each' : undefined;
      return mark === 'and' && readNamedLength(reading, phrase) ? 'more' : undefined;
    }
    if (mark === '.' && !cursor.sees('it', "it's", 'they', 'with', 'the')) return undefined;
    return readOfThing(reading, phrase) || readPartOf(reading, phrase) ? 'more' : undefined;
  });
}

/** `legs 70 cm long and 5 cm thick`: the second length is of the legs too, since it follows a first. */
function readNamedLength(reading: Reading, phrase: Phrase): boolean {
  if (phrase.measures.length === 0) return false;
  const found = reading.cursor.attempt(() => {
    const measure = readMeasure(reading.cursor, reading.units, reading.partNames);
    return measure && measure.key !== 'size' && measure.key !== 'dims' ? measure : undefined;
  });
  if (found) phrase.measures.push(found);
  return found !== undefined;
}

function readOfPart(reading: Reading, phrase: Phrase): boolean {
  reading.cursor.take('each');
  return (
    readSpot(reading, phrase) ||
    readLength(reading, phrase) ||
    readMade(reading, phrase) ||
    readAfterIs(reading, phrase) ||
    readRightAngle(reading, phrase)
  );
}

function readOfThing(reading: Reading, phrase: Phrase): boolean {
  return (
    readArrangement(reading, phrase) ||
    readTurn(reading, phrase) ||
    readFinish(reading, phrase) ||
    readPlacement(reading, phrase) ||
    readLength(reading, phrase) ||
    readMade(reading, phrase) ||
    readCuts(reading, phrase) ||
    readWithout(reading, phrase) ||
    readWith(reading, phrase) ||
    readAfterIs(reading, phrase) ||
    readRightAngle(reading, phrase)
  );
}

function readRightAngle({ cursor }: Reading, phrase: Phrase): boolean {
  if (!cursor.take('at a right angle', 'at right angles', 'joined at a right angle', 'at 90 degrees'))
    return false;
  phrase.flags.push('right-angle');
  return true;
}

function readSpot({ cursor }: Reading, phrase: Phrase): boolean {
  for (const [says, phrases] of SPOTS) {
    if (!cursor.take(...phrases)) continue;
    phrase.flags.push(says);
    return true;
  }
  return false;
}

/** `4 cm tall`, `of radius 4 cm`, `measuring 4 by 5 cm`, `6 cm` */
function readLength(reading: Reading, phrase: Phrase): boolean {
  const { cursor } = reading;
  const measure = cursor.attempt(() => {
    const led = cursor.take(
      'of',
      'measuring',
      'sized',
      'that measures',
      'which measures',
      'that is',
      'which is',
      'measures',
      'is',
      'are',
      'at',
    );
    cursor.take('exactly', 'about', 'approximately', 'roughly');
    const found = readMeasure(cursor, reading.units, reading.partNames);
    const loose = found?.key === 'size' && found.bare !== undefined && led === undefined;
    return found && !(loose && /word|number/.test(cursor.peek()?.kind ?? '')) ? found : undefined;
  });
  if (!measure) return false;
  phrase.measures.push(measure);
  cursor.take('by', 'x');
  return true;
}

const MADE = [
  'made out of',
  'made from',
  'made of',
  'made in',
  'built from',
  'built of',
  'built out of',
  'painted',
  'coloured',
  'colored',
  'in colour',
  'in color',
  'of',
  'in',
  'all',
];

/** `made of oak`, `of gold`, `in dark red`, `painted blue` */
function readMade(reading: Reading, phrase: Phrase): boolean {
  const { cursor } = reading;
  return (
    cursor.attempt(() => {
      if (!cursor.take(...MADE)) return undefined;
      cursor.take('a', 'the');
      if (!readLook(reading, phrase, cursor.word())) return undefined;
      while (readLook(reading, phrase, cursor.word()));
      cursor.take('colour', 'color', 'in colour', 'in color');
      return true;
    }) ?? false
  );
}

function readAfterIs(reading: Reading, phrase: Phrase): boolean {
  const { cursor } = reading;
  return (
    cursor.attempt(() => {
      cursor.take(...IS);
      cursor.take('all', 'both', 'also', 'very', 'completely');
      return readAdjective(reading, phrase) ? true : undefined;
    }) ?? false
  );
}

function readCuts(reading: Reading, phrase: Phrase): boolean {
  const { cursor } = reading;
  return (
    cursor.attempt(() => {
      const common = cursor.take('intersected with', 'intersection with');
      if (!common && !cursor.take('minus', 'from which is cut', 'subtracting', 'less')) return undefined;
      const other = reading.phrase(reading, NO_PARTS);
      if (!other) return undefined;
      (common ? phrase.commons : phrase.cuts).push(other);
      return true;
    }) ?? false
  );
}

function readWithout(reading: Reading, phrase: Phrase): boolean {
  const { cursor, vocabulary } = reading;
  return (
    cursor.attempt(() => {
      if (!cursor.take(...WITHOUT)) return undefined;
      cursor.take('any', 'a', 'an', 'the');
      const part = reading.phrase(reading, vocabulary.partsOf(phrase.noun.id));
      if (part?.noun.kind !== 'part') return undefined;
      phrase.parts.push({ ...part, count: 0 });
      return true;
    }) ?? false
  );
}

/** `with four legs, a 2 cm hole and no lid`, `with 2 cm sides and 5 cm height`, `with a ball on top` */
function readWith(reading: Reading, phrase: Phrase): boolean {
  const { cursor } = reading;
  return (
    cursor.attempt(() => {
      if (!cursor.take(...WITH)) return undefined;
      cursor.take('also', 'both');
      return readPartOf(reading, phrase) || readWithMeasure(reading, phrase) || readCompanion(reading, phrase)
        ? true
        : undefined;
    }) ?? false
  );
}

function readPartOf(reading: Reading, phrase: Phrase): boolean {
  const { cursor, vocabulary } = reading;
  const part = cursor.attempt(() => {
    const found = reading.phrase(reading, vocabulary.partsOf(phrase.noun.id));
    return found?.noun.kind === 'part' ? found : undefined;
  });
  if (!part) return false;
  phrase.parts.push(part);
  return true;
}

function readWithMeasure({ cursor, units, partNames }: Reading, phrase: Phrase): boolean {
  const measure = cursor.attempt((): Measure | undefined => {
    cursor.take('a', 'an', 'the', 'its');
    const found = readMeasure(cursor, units, partNames) ?? readCountOfSides(cursor);
    return found && (found.key !== 'size' || /size/.test(found.words)) ? found : undefined;
  });
  if (!measure) return false;
  phrase.measures.push(measure);
  return true;
}

function readCountOfSides(cursor: Reading['cursor']): Measure | undefined {
  return cursor.attempt(() => {
    const bare = readNumber(cursor);
    if (bare === undefined || !cursor.take('sides', 'edges', 'faces')) return undefined;
    return { key: 'side', values: [bare / 100], bare, words: `${bare} sides` };
  });
}

function readCompanion(reading: Reading, phrase: Phrase): boolean {
  const { cursor } = reading;
  const other = cursor.attempt(() => reading.phrase(reading, NO_PARTS));
  if (other?.noun.kind !== 'thing') return false;
  if (
    cursor.take(
      'cut out of it',
      'cut out',
      'removed from it',
      'removed',
      'subtracted from it',
      'subtracted',
      'missing',
      'carved out of it',
      'carved out',
      'cut away',
      'taken out',
    )
  ) {
    phrase.cuts.push(other);
  } else phrase.companions.push(other);
  return true;
}
