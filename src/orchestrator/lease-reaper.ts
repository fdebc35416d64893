import type { WorkerRecord } from '../core/worker.ts';
import type { Deps } from './deps.ts';
import type { Sessions } from './sessions.ts';
import { settleAttempt } from './settle-job.ts';

const LIMIT = 500;

/** What the clock does to jobs and workers (C3, C4). One call of `sweep` is one pass. */
export interface Reaper {
  /** Answers the milliseconds until there is something to do, if known. */
  sweep(): Promise<number | undefined>;
}

/**
 * After a start, and after a stall of its own longer than a beat, no lease expires for one full lease: the silence was
 * then ours, and healthy work must get the time to be heard.
 */
export function createReaper(deps: Deps, sessions: Sessions, interval_ms: number, wake: () => void): Reaper {
  const { lease, time } = deps;
  let mercyUntil = time.now() + lease.lease_ms;
  let expected = time.now() + interval_ms;

  return {
    async sweep() {
      const now = time.now();
      if (now > expected + lease.beat_ms) mercyUntil = now + lease.lease_ms;
      const overdue = sessions.takeOverdue(now);
      if (overdue.length > 0) await deps.store.jobs.releaseUndelivered(overdue);
      const merciful = now < mercyUntil;
      const lost_after_ms = merciful ? Number.MAX_SAFE_INTEGER : lease.lost_after_ms;
      const swept = await deps.store.jobs.expireLeases({
        lost_after_ms,
        lease_ms: lease.lease_ms,
        limit: LIMIT,
      });
      const stalled = (): boolean => time.now() - now > lease.beat_ms;
      for (const { worker_id, lease_until, ...attempt } of swept.lost) {
        // Beats may be waiting that were sent while this pass stood still.
        if (stalled()) break;
        deps.log.warn({ job_id: attempt.job_id, worker_id }, 'no word from its worker: the attempt is lost');
        await settleAttempt(deps, attempt, {
          status: 'lost',
          code: 'lease_expired',
          message: 'no word from its worker',
          lease_until,
        });
      }
      if (stalled()) mercyUntil = time.now() + lease.lease_ms;
      else if (!merciful) await markSilentWorkers(deps);
      if (overdue.length + swept.lost.length + swept.woken > 0) wake();
      const next = Math.min(swept.next_at ?? Infinity, sessions.firstDue() ?? Infinity);
      const pause = Math.max(1, Math.min(interval_ms, next - now));
      expected = time.now() + pause;
      return pause;
    },
  };
}

async function markSilentWorkers(deps: Deps): Promise<void> {
  const now = await deps.store.jobs.readClock();
  for (const worker of await deps.store.jobs.listWorkers()) {
    const absence = absenceOf(worker, now - worker.last_seen_at, deps);
    if (absence === null || absence === worker.state) continue;
    const message = `no beat for ${Math.round((now - worker.last_seen_at) / 1000)} s`;
    await deps.store.jobs.upsertWorker({
      kind: 'state',
      worker_id: worker.id,
      session: worker.session,
      state: absence,
      code: absence,
      message,
    });
  }
}

/** Null when there is nothing to say: it beats, or it left on its own. */
function absenceOf(
  worker: WorkerRecord,
  silent_ms: number,
  deps: Deps,
): 'unreachable' | 'suspect' | 'lost' | null {
  const { lease } = deps;
  if (worker.state === 'offline') return null;
  if (silent_ms >= lease.lost_after_ms) return 'lost';
  if (silent_ms >= lease.lease_ms) return 'suspect';
  return silent_ms >= lease.beat_ms * 2 ? 'unreachable' : null;
}
