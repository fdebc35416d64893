import { RELATION_PHRASES } from './lexicon.ts';
import type { Phrase, Placement } from './phrase.ts';
import { readQuantity } from './quantities.ts';
import { NO_PARTS, type Reading } from './reading.ts';

/** `on top of a cube`, `5 cm to the left of it`, `underneath` */
export function readPlacement(reading: Reading, phrase: Phrase): boolean {
  if (phrase.placement) return false;
  const { cursor } = reading;
  const placement = cursor.attempt((): Placement | undefined => {
    const start = cursor.at;
    const quantity = readQuantity(cursor);
    cursor.take('is', 'are', 'that is', 'which is');
    const relation = takeRelation(reading, quantity !== undefined);
    // "A sphere 3 cm on top of a cube": no distance can be meant, so it is left to be read as the size.
    if (!relation || (quantity && !takesDistance(relation))) return undefined;
    const words = cursor.since(start);
    const whole = /(top|front|left|right|under|underneath|beneath|below|behind|inside|around)$/.test(words);
    const target = readTarget(reading);
    if (target === undefined || (target === 'head' && !whole && !TO_IT.test(cursor.since(start))))
      return undefined;
    const gap = target === 'head' || !takesDistance(relation) ? undefined : takeGap(target);
    const said = quantity ? reading.units.metres(quantity, 'distance') : gap;
    const distance = said === undefined ? {} : { distance: said };
    return { relation, words, ...distance, ...(target === 'head' ? {} : { target }) };
  });
  if (!placement) return false;
  phrase.placement = placement;
  return true;
}

/** "A cube next to a ball with a 1 cm gap": the gap is between the two. */
function takeGap(target: Phrase): number | undefined {
  const { gap } = target.arrangement ?? {};
  if (gap === undefined || target.count !== undefined) return undefined;
  delete target.arrangement;
  return gap;
}

/** Does air between the two make sense? */
const takesDistance = (relation: Placement['relation']): boolean =>
  !['on', 'inside', 'around'].includes(relation);

const TO_IT = /(it|them|that)$/;

function takeRelation({ cursor }: Reading, measured: boolean): Placement['relation'] | undefined {
  if (measured && cursor.take('away from', 'from')) return 'beside';
  for (const [relation, phrases] of RELATION_PHRASES) if (cursor.take(...phrases)) return relation;
  return cursor.sees('in a', 'in an', 'in the') && cursor.take('in') ? 'inside' : undefined;
}

/** "it", a thing, or nothing: then the thing that this phrase belongs to. */
function readTarget(reading: Reading): Phrase | 'head' | undefined {
  if (reading.cursor.take('of it', 'of them', 'it', 'them', 'that')) return 'head';
  return reading.phrase(reading, NO_PARTS) ?? 'head';
}
