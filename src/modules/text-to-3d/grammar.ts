import { ModuleError } from '../module.ts';
import { Cursor } from './cursor.ts';
import { POLITE } from './lexicon.ts';
import { Units } from './measures.ts';
import { readPhrase } from './noun-phrase.ts';
import type { Phrase } from './phrase.ts';
import { NO_PARTS, type Reading, unknownWords, type Vocabulary } from './reading.ts';
import { resolveReference } from './references.ts';
import { suggestWords } from './suggestions.ts';
import { readTokens } from './tokens.ts';

export interface ReadPrompt {
  readonly phrases: readonly Phrase[];
}

const BETWEEN = new Set([',', '.', ';', ':', '!', '?', '(', ')', '-', '"', "'", '+', '&']);
const JOINING = new Set(['and', 'then', 'plus', 'also']);

/** Reads a whole prompt. Every word must be used, or be one that says nothing; what is left is named and refused. */
export function readPrompt(prompt: string, vocabulary: Vocabulary): ReadPrompt {
  const tokens = readTokens(prompt);
  const cursor = new Cursor(tokens);
  const units = new Units(tokens);
  const partNames = new Set([...vocabulary.parts.values()].map(({ id }) => id));
  const reading: Reading = { cursor, units, vocabulary, partNames, phrase: readPhrase };
  const unknown = unknownWords(reading);
  if (unknown.length > 0) throw unsupported(unknown, vocabulary);
  const { phrases, unused } = readPhrases(reading);
  if (unused.length > 0) throw misplaced(unused, phrases);
  if (phrases.length === 0) throw nothing(vocabulary);
  return { phrases };
}

function readPhrases(reading: Reading): { phrases: Phrase[]; unused: string[] } {
  const { cursor } = reading;
  const phrases: Phrase[] = [];
  const unused: string[] = [];
  let apart = true;
  let listed = 0;
  while (!cursor.done) {
    const start = cursor.at;
    const phrase = readPhrase(reading, NO_PARTS);
    if (phrase) {
      // Two things side by side without a word between them are not two things: "a half sphere bowl".
      const known = apart ? resolveReference(phrase, phrases) : 'misplaced';
      if (known === 'misplaced') unused.push(cursor.since(start));
      if (known === 'new') {
        phrases.push(
          phrase.placement?.target ? { ...phrase, fellows: takeFellows(phrases, listed) } : phrase,
        );
        listed = phrase.placement ? 0 : listed + 1;
      }
      apart = false;
      continue;
    }
    const { text = '' } = cursor.peek() ?? {};
    const joins = BETWEEN.has(text) || JOINING.has(text);
    apart ||= joins;
    if (text === '.' || text === ';') listed = 0;
    if (!joins && !POLITE.has(text)) unused.push(text);
    cursor.at++;
  }
  return { phrases, unused };
}

/** In a list the place said of the last is the place of all: "a glass and a bottle on a table". */
const takeFellows = (phrases: Phrase[], listed: number): Phrase[] =>
  listed === 0 ? [] : phrases.splice(phrases.length - listed, listed);

function unsupported(unknown: readonly string[], vocabulary: Vocabulary): ModuleError {
  const suggestions = suggestWords(unknown, vocabulary);
  const near = Object.values(suggestions).flat();
  return new ModuleError('unsupported_prompt', `Not understood: ${quote(unknown)}.`, {
    hint: near.length > 0 ? `Near words that are known: ${near.join(', ')}.` : hintOf(vocabulary),
    details: { unknown, suggestions },
  });
}

/** The words are known, but not in this place. */
function misplaced(unused: readonly string[], phrases: readonly Phrase[]): ModuleError {
  const after = phrases.at(-1)?.words;
  return new ModuleError(
    'unsupported_prompt',
    `These words are known but could not be read here${after ? ` (near "${after}")` : ''}: ${quote(unused)}.`,
    {
      hint: 'Say it in shorter phrases, such as: a red table 120 cm wide with four legs.',
      details: { unknown: [...new Set(unused)], suggestions: {} },
    },
  );
}

function nothing(vocabulary: Vocabulary): ModuleError {
  return new ModuleError('unsupported_prompt', 'The prompt names nothing to model.', {
    hint: hintOf(vocabulary),
    details: { unknown: [], suggestions: {} },
  });
}

const quote = (words: readonly string[]): string => words.map((word) => `"${word}"`).join(', ');
const hintOf = (vocabulary: Vocabulary): string =>
  `Things that can be modelled: ${[...new Set([...vocabulary.things.values()].map(({ id }) => id))].join(', ')}.`;
