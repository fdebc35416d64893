import { editDistance, nearest } from '../protocol/nearest.ts';

/** The known path most like the one asked for, also when only the version was left out; undefined when none is close. */
export function nearestPath(asked: string, known: Iterable<string>): string | undefined {
  const path = asked.slice(0, 200);
  let best: { path: string; cost: number } | undefined;
  for (const candidate of known) {
    if (!canBeMeant(candidate)) continue;
    const known = candidate.split('/');
    const cost = Math.min(costOf(path.split('/'), known), costOf(`/v1${path}`.split('/'), known) + 1);
    if (best === undefined || cost < best.cost) best = { path: candidate, cost };
  }
  return best !== undefined && best.cost <= 4 ? best.path : undefined;
}

/** Outside of the API's own paths a parameter names a file of ours, which fits whatever is asked for. */
const canBeMeant = (candidate: string): boolean => candidate.startsWith('/v1/') || !/[:*]/.test(candidate);

/** Parameters fit anything; a missing or surplus part costs more than a typing error, an unlike word cannot be meant. */
function costOf(asked: readonly string[], known: readonly string[]): number {
  let cost = 0;
  for (let i = 0; i < Math.max(asked.length, known.length); i += 1) {
    const [have, want] = [asked[i], known[i]];
    if (want === '*') return cost;
    if (have === undefined || want === undefined) cost += 3;
    else if (want.startsWith(':') || have === want) continue;
    else if (want === '' || nearest(have, [want]).length === 0) return Number.POSITIVE_INFINITY;
    else cost += editDistance(have, want);
  }
  return cost;
}
