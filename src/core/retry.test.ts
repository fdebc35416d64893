import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { WorkerId } from '../protocol/ids.ts';
import { FailureCause } from '../protocol/job.ts';
import type { JobRecord } from './job.ts';
import { backoff, decideLost, decideRetry, QUARANTINE_AFTER } from './retry.ts';

const POLICY = { user: 2, infra: 2, oom: 2, timeout: 2, backoff_ms: 1000, max_backoff_ms: 60_000 };
const jobWith = (over: Partial<JobRecord>): JobRecord =>
  ({
    eligible_at: 100,
    retry: POLICY,
    retries_used: { user: 0, infra: 0, oom: 0, timeout: 0 },
    lost_workers: [],
    ...over,
  }) as JobRecord;
const error = (cause: FailureCause) => ({ cause, code: 'x', message: 'm' });

test('C7: the back-off lies between nothing and the doubled bound, and grows with the jitter', () => {
  fc.assert(
    fc.property(fc.nat({ max: 1000 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (used, jitter) => {
      const wait = backoff(POLICY, used, jitter);
      const bound = Math.min(POLICY.max_backoff_ms, POLICY.backoff_ms * 2 ** used);
      expect(wait).toBeGreaterThanOrEqual(0);
      expect(wait).toBeLessThanOrEqual(bound);
      expect(backoff(POLICY, used, 0)).toBe(0);
      expect(Number.isInteger(wait)).toBe(true);
    }),
    { seed: 1 },
  );
});

for (const cause of FailureCause.options) {
  test(`C7: ${cause} has its own budget`, () => {
    const spent = jobWith({ retries_used: { user: 0, infra: 0, oom: 0, timeout: 0, [cause]: 2 } as never });
    expect(decideRetry(spent, error(cause), 1000, 0)).toMatchObject({ kind: 'end', state: 'failed' });
    const other = FailureCause.options.find((name) => name !== cause) ?? cause;
    expect(decideRetry(spent, error(other), 1000, 0)).toMatchObject({ kind: 'retry', cause: other });
  });
}

test('C7: only a loss keeps its place; only memory grows', () => {
  const at = (cause: FailureCause) => decideRetry(jobWith({}), error(cause), 1000, 0.5);
  expect(at('infra')).toMatchObject({ eligible_at: 100, memory_factor: 1 });
  expect(at('user')).toMatchObject({ eligible_at: 1500, memory_factor: 1 });
  expect(at('oom')).toMatchObject({ eligible_at: 1500, memory_factor: 2 });
});

test('C7: distinct workers count towards quarantine, the same one again does not', () => {
  const workers = ['a', 'b', 'c'] as unknown as WorkerId[];
  const lost = (seen: WorkerId[], worker: WorkerId) =>
    decideLost(jobWith({ lost_workers: seen }), worker, error('infra'), 1000).kind;
  const [a, b, c] = workers as [WorkerId, WorkerId, WorkerId];
  expect(QUARANTINE_AFTER).toBe(3);
  expect(lost([a, b], b)).toBe('retry');
  expect(lost([a, b], c)).toBe('end');
});
