import type { SeededRandom } from './seeded-random.ts';

/** What can be done to the world, by name; the summary counts them. */
export const FAULTS = [
  'orchestrator crash',
  'power loss',
  'orchestrator restart',
  'orchestrator pause',
  'second orchestrator',
  'worker kill',
  'worker pause',
  'worker drain',
  'operator drain',
  'socket cut',
  'partition',
  'one-way partition',
  'slow line',
] as const;
export type FaultKind = (typeof FAULTS)[number];

/** How one seed's world is made: each seed leaves some faults out, so that the others get further (swarm testing, Groce 2012). */
export interface Profile {
  readonly workers: number;
  readonly slots: number;
  readonly jobs: number;
  /** How long faults go on. */
  readonly fault_ms: number;
  /** Mean time between two faults of the schedule. */
  readonly fault_every_ms: number;
  readonly faults: readonly FaultKind[];
  readonly store: {
    readonly slow: number;
    readonly busy: number;
    readonly unavailable: number;
    readonly lost_reply: number;
    readonly lost_hint: number;
  };
  readonly http: { readonly lost: number; readonly twice: number; readonly late: number };
  /** A worker that says something else about an attempt it has already reported. */
  readonly second_outcome: number;
  readonly latency_ms: number;
  /** Whether the processes compete for a role; each renewal syncs, so that a loss of power takes less. */
  readonly leaders: boolean;
  /** Job plans lean towards long runs, so that leases matter. */
  readonly long_jobs: number;
}

export function drawProfile(random: SeededRandom): Profile {
  const some = (most: number): number => (random.chance(0.5) ? random.between(0, most) : 0);
  const faults = FAULTS.filter(() => random.chance(0.55));
  return {
    workers: random.whole(1, 4),
    slots: random.whole(1, 3),
    jobs: random.whole(6, 24),
    fault_ms: random.whole(2, 8) * 60_000,
    fault_every_ms: random.whole(4, 40) * 1000,
    faults,
    store: {
      slow: random.between(0.02, 0.4),
      busy: some(0.01),
      unavailable: some(0.04),
      lost_reply: some(0.03),
      lost_hint: some(0.5),
    },
    http: { lost: some(0.15), twice: some(0.15), late: some(0.05) },
    second_outcome: some(0.1),
    latency_ms: random.pick([1, 5, 40, 300]) ?? 5,
    long_jobs: random.between(0.1, 0.7),
    leaders: random.chance(0.4),
  };
}
