import type { Look } from './palette.ts';

/** A length said of a thing: `height` 4 cm, `outer diameter` 20 mm, `dims` 10 × 6 × 1 cm. */
export interface Measure {
  /** qualifiers and dimension, or `size` (one bare length) or `dims` (lengths joined by "by") */
  readonly key: string;
  /** metres; more than one for `dims`, or where a list is shared out ("sides 3, 2 and 1 cm") */
  readonly values: readonly number[];
  /** the plain numbers where no unit was said, which may be meant as a count ("6 sides") */
  readonly bare?: number;
  readonly words: string;
  /** the unit taken where none was said */
  readonly assumed?: string;
}

export const RELATIONS = [
  'on',
  'above',
  'under',
  'beside',
  'left',
  'right',
  'front',
  'behind',
  'inside',
  'around',
] as const;
export type Relation = (typeof RELATIONS)[number];

export interface Placement {
  readonly relation: Relation;
  /** left out: the thing the phrase belongs to */
  readonly target?: Phrase;
  readonly distance?: number;
  readonly words: string;
}

export interface Arrangement {
  readonly kind: 'row' | 'column' | 'ring' | 'grid' | 'stack';
  readonly words: string;
  /** metres between centres */
  spacing?: number;
  /** metres between surfaces */
  gap?: number;
  radius?: number;
  /** metres that stay free around the centre, where something else stands */
  clear?: number;
  grid?: readonly [number, number];
}

/** What a noun can be: a thing that stands for itself, or a part that belongs to one. */
export interface Noun {
  readonly id: string;
  readonly kind: 'thing' | 'part';
}

/** A noun with all that is said of it. */
export interface Phrase {
  readonly noun: Noun;
  readonly words: string;
  /** said with "the": may be something that was named before */
  definite?: boolean;
  count?: number;
  measures: Measure[];
  look: Look;
  lookWords: string[];
  /** adjectives and other single words, by what they say */
  flags: string[];
  parts: Phrase[];
  /** things taken away from it, and things it is reduced to the common part with */
  cuts: Phrase[];
  commons: Phrase[];
  companions: Phrase[];
  placement?: Placement;
  /** things that share its place: "a glass and a bottle on a table" */
  fellows: Phrase[];
  arrangement?: Arrangement;
  /** degrees about x, y and z, applied after it is made */
  turns: { readonly by: readonly [number, number, number]; readonly words: string }[];
}

export const newPhrase = (noun: Noun, words: string): Phrase => ({
  noun,
  words,
  measures: [],
  look: {},
  lookWords: [],
  flags: [],
  parts: [],
  cuts: [],
  commons: [],
  companions: [],
  fellows: [],
  turns: [],
});
