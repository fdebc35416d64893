import type { Cursor } from './cursor.ts';
import { isFixedWord, singulars } from './lexicon.ts';
import type { Units } from './measures.ts';
import type { Noun, Phrase } from './phrase.ts';

/** What the grammar knows of the nouns: given by the catalogue of things. */
export interface Vocabulary {
  /** every noun by its words in the singular */
  readonly things: ReadonlyMap<string, Noun>;
  readonly parts: ReadonlyMap<string, Noun>;
  /** ids of the parts a thing can have */
  partsOf(thing: string): ReadonlySet<string>;
}

/** The state of one reading of a prompt. */
export interface Reading {
  readonly cursor: Cursor;
  readonly units: Units;
  readonly vocabulary: Vocabulary;
  readonly partNames: ReadonlySet<string>;
  /** A noun with all before and after it; `parts` are nouns that are read as parts here. */
  readonly phrase: (reading: Reading, parts: ReadonlySet<string>) => Phrase | undefined;
}

export const NO_PARTS: ReadonlySet<string> = new Set();

export interface FoundNoun {
  readonly noun: Noun;
  readonly length: number;
}

/** The longest noun that starts here. */
export function findNoun(
  { cursor, vocabulary }: Reading,
  parts: ReadonlySet<string>,
  ahead = 0,
): FoundNoun | undefined {
  for (let length = 3; length > 0; length--) {
    const words = Array.from({ length }, (_, i) => cursor.word(ahead + i));
    const last = words.pop();
    if (!last || words.includes('')) continue;
    const forms = singulars(last).map((form) => [...words, form].join(' '));
    const part = forms.map((form) => vocabulary.parts.get(form)).find((noun) => noun !== undefined);
    if (part && parts.has(part.id)) return { noun: part, length };
    const thing = forms.map((form) => vocabulary.things.get(form)).find((noun) => noun !== undefined);
    if (thing ?? part) return { noun: (thing ?? part) as Noun, length };
  }
  return undefined;
}

/** Words of the prompt that mean nothing here, in order and once. */
export function unknownWords({ cursor, vocabulary }: Reading): string[] {
  const nouns = new Set(
    [...vocabulary.things.keys(), ...vocabulary.parts.keys()].flatMap((w) => w.split(' ')),
  );
  const unknown = cursor.tokens.flatMap(({ kind, text }) => {
    if (kind !== 'word') return [];
    const known = isFixedWord(text) || singulars(text).some((form) => nouns.has(form));
    return known ? [] : [text];
  });
  return [...new Set(unknown)];
}
