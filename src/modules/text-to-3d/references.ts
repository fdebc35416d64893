import type { Phrase } from './phrase.ts';

/**
 * "The vase is blue", "a ball on the table": what is said with "the" and was named before is that same thing.
 * @returns false where a phrase says a place of something named before, which cannot be put twice
 */
export function resolveReference(phrase: Phrase, before: readonly Phrase[]): 'new' | 'merged' | 'misplaced' {
  for (const owner of [phrase, ...phrase.companions]) {
    const target = owner.placement?.target;
    if (!owner.placement || !target?.definite) continue;
    const head = owner === phrase ? before.at(-1) : phrase;
    if (head && isSame(target, head)) owner.placement = withoutTarget(owner.placement);
    else if (before.some((other) => findIn(other, target))) return 'misplaced';
  }
  if (!phrase.definite) return 'new';
  const earlier = before.map((other) => findIn(other, phrase)).find((found) => found !== undefined);
  if (!earlier) return 'new';
  if (phrase.placement || phrase.count !== undefined) return 'misplaced';
  merge(earlier, phrase);
  return 'merged';
}

const isSame = (a: Phrase, b: Phrase): boolean => a.noun.id === b.noun.id;

function findIn(phrase: Phrase, wanted: Phrase): Phrase | undefined {
  if (isSame(phrase, wanted)) return phrase;
  const inner = [
    ...phrase.companions,
    ...phrase.fellows,
    ...(phrase.placement?.target ? [phrase.placement.target] : []),
  ];
  return inner.map((other) => findIn(other, wanted)).find((found) => found !== undefined);
}

function withoutTarget({
  target: _,
  ...rest
}: NonNullable<Phrase['placement']>): NonNullable<Phrase['placement']> {
  return rest;
}

function merge(into: Phrase, from: Phrase): void {
  into.measures.push(...from.measures);
  into.flags.push(...from.flags);
  into.parts.push(...from.parts);
  into.turns.push(...from.turns);
  into.companions.push(...from.companions);
  into.cuts.push(...from.cuts);
  into.look = { ...into.look, ...from.look };
  into.lookWords.push(...from.lookWords);
}
