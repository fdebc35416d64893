import { nearest } from '../protocol/nearest.ts';

/** The words of `hive-control` as words of `hive`. */
const VERBS: Readonly<Record<string, (rest: readonly string[]) => readonly string[]>> = {
  start: (rest) => ['up', ...rest],
  status: (rest) => ['status', ...rest],
  monitor: (rest) => ['status', '--watch', ...rest],
  runners: (rest) => ['workers', ...rest],
  jobs: (rest) => ['jobs', ...rest],
  logs: (rest) => ['logs', ...rest],
  submit: submitWords,
};

const CONTROL_VERBS = Object.keys(VERBS);

/** `submit MODULE high`: the word after the module is a priority. */
function submitWords([module, second, ...rest]: readonly string[]): readonly string[] {
  if (module === undefined) return ['submit'];
  if (second === undefined) return ['submit', module];
  const isPriority = /^(high|medium|low)$/.test(second);
  return ['submit', module, ...(isPriority ? ['--priority', second] : [second]), ...rest];
}

export type Translation = { readonly argv: readonly string[] } | { readonly unknown: string };

export function translate(argv: readonly string[]): Translation {
  const [verb, ...rest] = argv;
  if (verb === undefined || verb === '-h' || verb === '--help' || verb === 'help') {
    return { unknown: `hive-control knows ${CONTROL_VERBS.join(', ')}` };
  }
  const found = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
  if (found !== undefined) return { argv: found(rest) };
  const [near] = nearest(verb, CONTROL_VERBS);
  const guess = near === undefined ? '' : `; did you mean ${near}?`;
  return { unknown: `there is no "${verb}"${guess}\n  hive-control knows ${CONTROL_VERBS.join(', ')}` };
}
