import { SeededRandom } from '../src/simulation/seeded-random.ts';

export type Way = 'both' | 'up' | 'down';

export type Fault = { readonly at_ms: number; readonly for_ms: number; readonly target: string } & (
  | { readonly kind: 'kill' | 'pause' | 'fill' }
  | {
      readonly kind: 'cut';
      readonly way: Way;
      /** Connections made meanwhile hang as well, as behind a router that is gone. */
      readonly fresh: boolean;
      /** What was held back arrives late, or both ends learn that the connection is dead. */
      readonly after: 'late' | 'dropped';
    }
);

/** What a run must contain to prove anything, for three minutes. */
const PER_3_MINUTES = { jobs: 20_000, kill: 20, pause: 20, cut: 10, fill: 2 } as const;

export type Quota = Record<keyof typeof PER_3_MINUTES, number>;

export const quotaOf = (minutes: number): Quota => {
  const share = (count: number): number => Math.max(1, Math.ceil((count * minutes) / 3));
  const { jobs, kill, pause, cut, fill } = PER_3_MINUTES;
  return { jobs: share(jobs), kill: share(kill), pause: share(pause), cut: share(cut), fill: share(fill) };
};

/** Some hit what just died or is away, and count for nothing: a few more than the quota. */
const MARGIN = 1.2;
export const ORCHESTRATOR = 'orchestrator';
export const CLIENTS = 'clients';

/**
 * Faults of each kind spread over the run, each within its own share of it, at instants drawn from the seed. Lengths are
 * drawn around the figures of the lease: some are over before anybody notices, some outlast `lost_after`.
 */
export function planFaults(
  seed: number,
  minutes: number,
  workers: readonly string[],
  lease_ms: number,
): Fault[] {
  const random = new SeededRandom(seed);
  const quota = quotaOf(minutes);
  const whole_ms = minutes * 60_000;
  const spread = <T>(count: number, make: (at_ms: number, index: number) => T): T[] => {
    const [begin, end] = [0.03 * whole_ms, 0.95 * whole_ms];
    const slice = (end - begin) / count;
    return Array.from({ length: count }, (_, at) => make(begin + slice * (at + random.next() * 0.8), at));
  };
  const more = (count: number): number => Math.ceil(count * MARGIN);
  const process = (index: number): string =>
    index % 3 === 0 ? ORCHESTRATOR : (random.pick(workers) ?? ORCHESTRATOR);
  const kills = spread(more(quota.kill), (at_ms, index): Fault => {
    const target = process(index);
    const for_ms = target === ORCHESTRATOR ? random.between(50, 1500) : random.between(50, 2.5 * lease_ms);
    return { kind: 'kill', at_ms, target, for_ms };
  });
  const pauses = spread(more(quota.pause), (at_ms, index): Fault => {
    const target = process(index + 1);
    const most = target === ORCHESTRATOR ? 1.2 * lease_ms : 2.8 * lease_ms;
    return { kind: 'pause', at_ms, target, for_ms: random.between(200, most) };
  });
  const cuts = spread(more(quota.cut), (at_ms, index) => drawCut(random, at_ms, index, workers, lease_ms));
  const fills = spread(
    more(quota.fill),
    (at_ms): Fault => ({ kind: 'fill', at_ms, target: 'disk', for_ms: random.between(2000, 5000) }),
  );
  return [...kills, ...pauses, ...cuts, ...fills].sort((a, b) => a.at_ms - b.at_ms);
}

/**
 * A third hits the clients. A third barely outlasts `lost_after` and then delivers what was said before: the outcomes of
 * attempts that were given up, while their successors run.
 */
function drawCut(
  random: SeededRandom,
  at_ms: number,
  index: number,
  workers: readonly string[],
  lease_ms: number,
): Fault {
  const worker = random.pick(workers) ?? CLIENTS;
  if (index % 3 === 0) {
    const for_ms = random.between(2.1 * lease_ms, 2.6 * lease_ms);
    return { kind: 'cut', at_ms, target: worker, for_ms, way: 'both', fresh: true, after: 'late' };
  }
  return {
    kind: 'cut',
    at_ms,
    target: index % 3 === 2 ? CLIENTS : worker,
    for_ms: random.between(500, 2.8 * lease_ms),
    way: random.pick(['both', 'up', 'down'] as const) ?? 'both',
    fresh: random.chance(0.4),
    after: random.chance(0.5) ? 'late' : 'dropped',
  };
}
