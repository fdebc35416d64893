import { expect, test } from 'vitest';
import { DEFAULT_LEASE } from '../core/lease.ts';
import type { AttemptRef } from '../protocol/attempt.ts';
import { JobId, WorkerId } from '../protocol/ids.ts';
import type { ExpireQuery, ExpireResult, SettleItem } from '../store/job-store.ts';
import type { Deps } from './deps.ts';
import { createReaper } from './lease-reaper.ts';
import { createSessions } from './sessions.ts';

const ATTEMPT: AttemptRef = { job_id: JobId.parse(`job_${'0'.repeat(26)}`), epoch: 1, nonce: 'a'.repeat(32) };
const LOST = { ...ATTEMPT, worker_id: WorkerId.parse(`wrk_${'0'.repeat(26)}`), lease_until: 1 };

/** A store that has one lost attempt, and a process that stands still for so long while it asks. */
function rig(stall_ms: number) {
  let now = 100_000;
  const settled: SettleItem[] = [];
  const asked: ExpireQuery[] = [];
  const jobs = {
    async expireLeases(query: ExpireQuery): Promise<ExpireResult> {
      asked.push(query);
      now += stall_ms;
      return { lost: [LOST], woken: 0, expired: 0, next_at: null };
    },
    async settle(items: readonly SettleItem[]) {
      settled.push(...items);
      return [{ kind: 'lease_lost' }];
    },
    readClock: async () => now,
    listWorkers: async () => [],
  };
  const deps = {
    lease: DEFAULT_LEASE,
    time: { now: () => now },
    jitter: () => 0,
    log: { warn() {} },
    store: { jobs },
  } as unknown as Deps;
  const reaper = createReaper(deps, createSessions(), 1000, () => {});
  const pass = (ms: number): void => {
    now += ms;
  };
  return { reaper, settled, asked, pass };
}

test('C4: a lost attempt is settled with the lease that was seen to have run out', async () => {
  const { reaper, settled } = rig(0);
  await reaper.sweep();
  expect(settled).toMatchObject([{ attempt: ATTEMPT, outcome: { status: 'lost', lease_until: 1 } }]);
});

test('C3: a pass that stood still itself loses nothing, and spares every lease for one more', async () => {
  const { reaper, settled, asked, pass } = rig(20_000);
  pass(60_000);
  await reaper.sweep();
  await reaper.sweep();
  expect(settled).toEqual([]);
  expect(asked.at(-1)?.lost_after_ms).toBe(Number.MAX_SAFE_INTEGER);
});
