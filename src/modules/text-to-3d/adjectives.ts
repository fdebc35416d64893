import { ADJECTIVES, SCALES } from './lexicon.ts';
import { isColour, isFinish, isMaterial, isTint } from './palette.ts';
import type { Phrase } from './phrase.ts';
import type { Reading } from './reading.ts';

/** Colours, materials, sizes and other adjectives, before a noun or after it. */
export function readAdjective(reading: Reading, phrase: Phrase): boolean {
  const { cursor } = reading;
  const word = cursor.word();
  if (word === '') return false;
  if (readLook(reading, phrase, word)) return true;
  if (cursor.sees('upside down')) return false;
  const says = Object.hasOwn(ADJECTIVES, word)
    ? ADJECTIVES[word]
    : Object.hasOwn(SCALES, word)
      ? word
      : undefined;
  if (says === undefined) return false;
  phrase.flags.push(says);
  cursor.at++;
  return true;
}

export function readLook({ cursor }: Reading, phrase: Phrase, word: string): boolean {
  const next = cursor.word(1);
  const { look } = phrase;
  if (isTint(word) && (isColour(next) || isMaterial(next))) phrase.look = { ...look, tint: word };
  else if (isFinish(word)) phrase.look = { ...look, finish: word };
  else if (isColour(word) && look.colour === undefined) phrase.look = { ...look, colour: word };
  else if (isMaterial(word) && look.material === undefined) phrase.look = { ...look, material: word };
  else return false;
  phrase.lookWords.push(word);
  cursor.at++;
  return true;
}

const ROUNDED = ['rounded', 'round', 'bevelled', 'beveled', 'soft'].flatMap((how) => [
  `${how} edges`,
  `${how} corners`,
]);
const OPEN = ['an open top', 'open top', 'the top open', 'its top open', 'open at the top', 'open on top'];

/** Adjectives said as a noun: `with rounded edges`, `and an open top`. */
export function readFinish({ cursor }: Reading, phrase: Phrase): boolean {
  return (
    cursor.attempt(() => {
      cursor.take('with', 'has', 'and');
      const flag = cursor.take(...ROUNDED) ? 'rounded' : cursor.take(...OPEN) ? 'open' : undefined;
      if (flag) phrase.flags.push(flag);
      return flag ? true : undefined;
    }) ?? false
  );
}
