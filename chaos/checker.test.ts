import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BREAKS } from './broken.ts';
import { checkHistory, RULES } from './checker.ts';
import { type Entry, readHistory } from './history.ts';

const good = readHistory(join(import.meta.dirname, 'history.fixture.jsonl'));
const rulesOf = (history: readonly Entry[]): string[] => [
  ...new Set(checkHistory(history).violations.map(({ rule }) => rule)),
];

describe('a recorded history', () => {
  test('that is good is accepted, and counted', () => {
    const { violations, ...counts } = checkHistory(good);
    expect(violations).toEqual([]);
    expect(counts.submitted).toBeGreaterThan(0);
    expect(counts).toMatchObject({ committed_once: counts.submitted, lost: 0, doubled: 0, stuck: 0 });
  });

  test.each(BREAKS.map((each) => [each.name, each] as const))(
    'in which %s is rejected',
    (_, { rule, apply }) => {
      expect(RULES.map(({ name }) => name)).toContain(rule);
      expect(rulesOf(apply(good))).toContain(rule);
    },
  );

  test('every rule is broken by one of them', () => {
    const broken = new Set(BREAKS.map(({ rule }) => rule));
    expect(RULES.map(({ name }) => name).filter((name) => !broken.has(name))).toEqual([]);
  });
});

describe('counts', () => {
  const broken = (name: string) => {
    const found = BREAKS.find((each) => each.name === name);
    if (found === undefined) throw new Error(`there is no break "${name}"`);
    return checkHistory(found.apply(good));
  };

  test('a lost, a doubled and a stuck job are each counted as such, and not as committed once', () => {
    const whole = checkHistory(good).submitted;
    expect(broken('an acknowledged job is gone')).toMatchObject({ lost: 1, committed_once: whole - 1 });
    expect(broken('a job is committed twice')).toMatchObject({ doubled: 1, committed_once: whole - 1 });
    expect(broken('a job is still running at the end')).toMatchObject({
      stuck: 1,
      committed_once: whole - 1,
    });
  });
});

describe('a full disk', () => {
  const refusal = { kind: 'refused', op: 'submit', client: 'c', of: 'k', status: 503 } as const;
  const full = [
    { kind: 'fault', fault: 'fill', target: 'disk', at: 1000 },
    { kind: 'fault', fault: 'free', target: 'disk', at: 5000 },
  ] as const;

  test('C12: explains store_unavailable while it lasts, and nothing else', () => {
    expect(rulesOf([...full, { ...refusal, code: 'store_unavailable', at: 2000 }])).toEqual([]);
    expect(rulesOf([...full, { ...refusal, code: 'internal', at: 2000 }])).toEqual(['refusals-explained']);
    expect(rulesOf([...full, { ...refusal, code: 'store_unavailable', at: 60_000 }])).toEqual([
      'refusals-explained',
    ]);
  });

  test('explains that a start is refused, never that a running process ends', () => {
    const end = { kind: 'fault', target: 'orchestrator', at: 2000 } as const;
    expect(rulesOf([...full, { ...end, fault: 'not-started' }])).toEqual([]);
    expect(rulesOf([...full, { ...end, fault: 'died' }])).toEqual(['nothing-died']);
  });
});
