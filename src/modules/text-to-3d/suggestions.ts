import { editDistance } from '../../protocol/nearest.ts';
import { ADJECTIVES, DIMENSIONS, SCALES } from './lexicon.ts';
import { PALETTE_WORDS } from './palette.ts';
import type { Vocabulary } from './reading.ts';

/** Things that cannot be modelled yet, and the nearest that can. */
const KIN: Readonly<Record<string, readonly string[]>> = {
  castle: ['tower', 'house'],
  building: ['house', 'tower'],
  skyscraper: ['tower'],
  sofa: ['bench', 'chair'],
  couch: ['bench', 'chair'],
  throne: ['chair'],
  cat: ['robot'],
  dog: ['robot'],
  person: ['robot', 'snowman'],
  human: ['robot', 'snowman'],
  dragon: ['rocket'],
  boat: ['car'],
  ship: ['rocket'],
  plane: ['rocket'],
  airplane: ['rocket'],
  truck: ['car'],
  bus: ['car'],
  plant: ['tree'],
  flower: ['tree'],
  bush: ['tree'],
  jar: ['vase', 'bottle'],
  pot: ['vase', 'bowl'],
  screw: ['cylinder', 'cone'],
  teapot: ['mug', 'vase'],
};

/** Words that say something by themselves: nobody means "these". */
const SAYING = [...PALETTE_WORDS, ...[ADJECTIVES, DIMENSIONS, SCALES].flatMap((words) => Object.keys(words))];

/** For each word the nearest known ones: of like meaning, then of like spelling. */
export function suggestWords(unknown: readonly string[], vocabulary: Vocabulary): Record<string, string[]> {
  const nouns = [...vocabulary.things.keys(), ...vocabulary.parts.keys()];
  const known = [...new Set([...nouns, ...SAYING])].filter((word) => word.length > 2);
  return Object.fromEntries(unknown.map((word) => [word, nearest(word, known, vocabulary)]));
}

function nearest(word: string, known: readonly string[], vocabulary: Vocabulary): string[] {
  const singular = word.endsWith('s') ? word.slice(0, -1) : word;
  const kin = (KIN[singular] ?? []).filter((other) => vocabulary.things.has(other));
  const limit = word.length <= 4 ? 1 : word.length <= 7 ? 2 : 3;
  const spelled = known
    .map((other) => ({ other, distance: editDistance(word, other) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance || (a.other < b.other ? -1 : 1))
    .map(({ other }) => other);
  return [...new Set([...kin, ...spelled])].slice(0, 3);
}
