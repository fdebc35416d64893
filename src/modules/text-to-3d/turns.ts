import type { Phrase } from './phrase.ts';
import { readNumber } from './quantities.ts';
import type { Reading } from './reading.ts';

type Turn = Phrase['turns'][number]['by'];

/** Postures in words, and the turn each one is. */
const POSTURES: readonly (readonly [words: readonly string[], turn: Turn])[] = [
  [
    [
      'flat side down',
      'flat face down',
      'flat side on the ground',
      'the right way up',
      'standing upright',
      'standing up',
    ],
    [0, 0, 0],
  ],
  [
    [
      'flat side up',
      'flat face up',
      'turned upside down',
      'upside down',
      'inverted',
      'point down',
      'tip down',
    ],
    [180, 0, 0],
  ],
  [
    [
      'lying on its side',
      'laid on its side',
      'on its side',
      'lying down',
      'lying flat',
      'laid flat',
      'lying',
      'laid down',
    ],
    [0, 90, 0],
  ],
];

/** `upside down`, `on its side`, `rotated by 45 degrees about the x axis` */
export function readTurn(reading: Reading, phrase: Phrase): boolean {
  const { cursor } = reading;
  const start = cursor.at;
  const by = readPosture(reading) ?? readDegrees(reading);
  if (!by) return false;
  phrase.turns.push({ by, words: cursor.since(start) });
  return true;
}

function readPosture({ cursor }: Reading): Turn | undefined {
  return cursor.attempt(() => {
    cursor.take('with the', 'with its', 'that is', 'which is', 'is');
    for (const [words, turn] of POSTURES) if (cursor.take(...words)) return turn;
    return undefined;
  });
}

function readDegrees({ cursor }: Reading): Turn | undefined {
  return cursor.attempt((): Turn | undefined => {
    const verb = cursor.take('rotated', 'turned', 'tilted', 'leaning');
    if (!verb) return undefined;
    cursor.take('by', 'at');
    const degrees = readNumber(cursor);
    if (degrees === undefined || !cursor.take('degrees', 'degree')) return undefined;
    const axis = readAxis(cursor) ?? (verb === 'tilted' || verb === 'leaning' ? 'y' : 'z');
    return [axis === 'x' ? degrees : 0, axis === 'y' ? degrees : 0, axis === 'z' ? degrees : 0];
  });
}

function readAxis(cursor: Reading['cursor']): string | undefined {
  return cursor.attempt(() => {
    if (!cursor.take('about the', 'around the', 'about', 'around', 'on the', 'along the')) return undefined;
    const axis = cursor.take('vertical', 'x', 'y', 'z');
    cursor.take('axis');
    return axis === 'vertical' ? 'z' : axis;
  });
}
