import { expect, test } from 'vitest';
import { ORCHESTRATOR, planFaults, quotaOf } from './schedule.ts';

const WORKERS = ['a', 'b', 'c'];
const plan = (seed: number, minutes: number) => planFaults(seed, minutes, WORKERS, 3000);

test('the same seed plans the same faults, another one plans others', () => {
  expect(plan(1, 3)).toEqual(plan(1, 3));
  expect(plan(1, 3)).not.toEqual(plan(2, 3));
});

test('three minutes hold more of each fault than the quota, and a part of it as large a part', () => {
  expect(quotaOf(3)).toEqual({ jobs: 20_000, kill: 20, pause: 20, cut: 10, fill: 2 });
  expect(quotaOf(0.5)).toEqual({ jobs: 3334, kill: 4, pause: 4, cut: 2, fill: 1 });
  for (const minutes of [0.5, 3, 10]) {
    const faults = plan(3, minutes);
    for (const kind of ['kill', 'pause', 'cut', 'fill'] as const)
      expect(faults.filter((fault) => fault.kind === kind).length).toBeGreaterThan(quotaOf(minutes)[kind]);
  }
});

test('orchestrator and workers are hit both, in the order of time, within the time', () => {
  const faults = plan(5, 3);
  for (const kind of ['kill', 'pause']) {
    const targets = faults.filter((fault) => fault.kind === kind).map(({ target }) => target);
    expect(targets).toContain(ORCHESTRATOR);
    expect(targets.some((target) => WORKERS.includes(target))).toBe(true);
  }
  const times = faults.map(({ at_ms }) => at_ms);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(times.at(-1)).toBeLessThan(180_000);
});
