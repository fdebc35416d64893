import { OBJECTS } from './objects/catalog.ts';
import type { Noun } from './phrase.ts';
import { BOXES } from './primitives/boxes.ts';
import { PRISMS } from './primitives/prisms.ts';
import { RINGS } from './primitives/rings.ts';
import { ROUNDS } from './primitives/rounds.ts';
import type { Vocabulary } from './reading.ts';
import type { Thing } from './thing.ts';

/** Everything a prompt can name. */
export const THINGS: readonly Thing[] = [...BOXES, ...ROUNDS, ...RINGS, ...PRISMS, ...OBJECTS];

/** Words of parts whose names are not only their ids. */
const PART_WORDS: Readonly<Record<string, readonly string[]>> = {
  hole: ['bore', 'drill hole'],
  leg: ['foot'],
  top: ['tabletop', 'table top'],
  floor: ['storey', 'story', 'level'],
  tooth: ['teeth', 'cog'],
  lid: ['cover'],
  back: ['backrest', 'back rest'],
  arm: ['armrest', 'arm rest'],
  step: ['stair'],
  point: ['spike', 'tip'],
  window: [],
  crown: ['foliage', 'canopy', 'leaf', 'leave'],
  wall: [],
};

const things = new Map(THINGS.map((thing) => [thing.id, thing]));

export const thingOf = (id: string): Thing | undefined => things.get(id);

function nounsOfThings(): Map<string, Noun> {
  const nouns = new Map<string, Noun>();
  for (const { id, words = [] } of THINGS) {
    for (const word of [id, ...words]) nouns.set(word.toLowerCase(), { id, kind: 'thing' });
  }
  return nouns;
}

function nounsOfParts(): Map<string, Noun> {
  const ids = new Set(THINGS.flatMap(({ parts = [] }) => parts));
  // "sides" are a length or a count, never a part with a size of its own
  ids.delete('side');
  const nouns = new Map<string, Noun>();
  for (const id of ids) {
    for (const word of [id, ...(PART_WORDS[id] ?? [])]) nouns.set(word, { id, kind: 'part' });
  }
  return nouns;
}

const NONE: ReadonlySet<string> = new Set();
const partsOf = new Map(THINGS.map(({ id, parts }) => [id, new Set(parts ?? [])]));

export const VOCABULARY: Vocabulary = {
  things: nounsOfThings(),
  parts: nounsOfParts(),
  partsOf: (thing) => partsOf.get(thing) ?? NONE,
};
