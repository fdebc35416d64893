import { candidateOf } from '../core/placement.ts';
import type { Deps } from './deps.ts';
import type { Stats } from './orchestrator.ts';

/** Counts of the store and figures of this process, measured when asked. */
export async function readStats(deps: Deps, startedAt: number): Promise<Stats> {
  const [counts, workers] = await Promise.all([
    deps.store.jobs.countJobs(),
    deps.store.jobs.listWorkers({ holds: false }),
  ]);
  const states: Record<string, number> = {};
  let total = 0;
  let used = 0;
  for (const worker of workers) {
    states[worker.state] = (states[worker.state] ?? 0) + 1;
    if (!worker.connected) continue;
    total += worker.offer.slots;
    used += worker.offer.slots - candidateOf(worker).room.slots;
  }
  const { user, system } = process.cpuUsage();
  return {
    jobs: counts.by_state,
    workers: states,
    slots: { total, used },
    uptime_seconds: (deps.time.now() - startedAt) / 1000,
    process: { rss_bytes: process.memoryUsage.rss(), cpu_seconds: (user + system) / 1e6 },
  };
}
