import { ModuleError } from '../module.ts';
import type { Phrase } from './phrase.ts';

export const amount = (phrase: Phrase, count: number, most: number): ModuleError =>
  new ModuleError('invalid_prompt', `number of ${phrase.words}: ${count} must be 1 to ${most}`, {
    hint: 'Change the number in the prompt.',
    details: { field: 'count', value: count },
  });
export const unequal = (phrase: Phrase, list: number, count: number): ModuleError =>
  new ModuleError('invalid_prompt', `${list} sizes are listed for ${count} ${phrase.words}`, {
    details: { field: 'count', value: count },
  });
export const alone = (phrase: Phrase): ModuleError =>
  new ModuleError(
    'unsupported_prompt',
    `"${phrase.arrangement?.words}" is said of one ${phrase.words} alone.`,
    {
      hint: 'Say how many there are, or say the distance before the place: 5 cm to the left of a cube.',
      details: { unknown: [phrase.arrangement?.words ?? ''], suggestions: {} },
    },
  );
export const misplaced = (phrase: Phrase): ModuleError =>
  new ModuleError(
    'unsupported_prompt',
    `"${phrase.placement?.words}" needs something for the ${phrase.words} to be placed by.`,
    {
      details: { unknown: [phrase.placement?.words ?? ''], suggestions: {} },
    },
  );
export const tooDeep = (phrase: Phrase): ModuleError =>
  new ModuleError('unsupported_prompt', `The things with the ${phrase.words} are nested too deep.`, {
    hint: 'Say each thing in a sentence of its own.',
    details: { unknown: phrase.companions.map(({ words }) => words), suggestions: {} },
  });
export const aPart = (phrase: Phrase): ModuleError =>
  new ModuleError('unsupported_prompt', `"${phrase.words}" is a part: say what it belongs to.`, {
    hint: 'For example: a table with four legs.',
    details: { unknown: [phrase.words], suggestions: {} },
  });
