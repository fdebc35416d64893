import { describe, expect, test } from 'vitest';
import type { Mutant } from './mutant.ts';
import { MUTANTS } from './mutants.ts';
import { runSeed } from './scenario.ts';

const mutant = (name: string): Mutant | undefined => MUTANTS.find((candidate) => candidate.name === name);

describe('simulation', () => {
  test('ten seeds hold every invariant', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const { violation } = await runSeed(seed);
      expect({ seed, violation }).toEqual({ seed, violation: null });
    }
  });

  test('the same seed is the same run, another one another', async () => {
    const [first, again, other] = [await runSeed(7), await runSeed(7), await runSeed(8)];
    expect(again).toEqual(first);
    expect(other.hash).not.toBe(first.hash);
  });

  test('reading along does not change the run', async () => {
    const read = await runSeed(7, { keep: 1_000_000 });
    expect(read.trace.length).toBeGreaterThan(100);
    expect(read.hash).toBe((await runSeed(7)).hash);
  });

  test('a planted bug is found and named', async () => {
    const { violation } = await runSeed(1, { mutant: mutant('rank reset on lost') });
    expect(violation?.invariant).toBe('lost, preempted and undelivered jobs keep their place');
  });
});
