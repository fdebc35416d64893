/** The known path most like the one asked for, also when only the version was left out; undefined when none is close. */
export function nearestPath(asked: string, known: Iterable<string>): string | undefined {
  const path = asked.slice(0, 200);
  let best: { path: string; cost: number } | undefined;
  for (const candidate of known) {
    const known = candidate.split('/');
    const cost = Math.min(costOf(path.split('/'), known), costOf(`/v1${path}`.split('/'), known) + 1);
    if (best === undefined || cost < best.cost) best = { path: candidate, cost };
  }
  return best !== undefined && best.cost <= 4 ? best.path : undefined;
}

/** Parameters fit anything; a missing or surplus part costs more than a typing error. */
function costOf(asked: readonly string[], known: readonly string[]): number {
  let cost = 0;
  for (let i = 0; i < Math.max(asked.length, known.length); i += 1) {
    const [have, want] = [asked[i], known[i]];
    if (want === '*') return cost;
    if (have === undefined || want === undefined) cost += 3;
    else if (!want.startsWith(':')) cost += editDistance(have, want);
  }
  return cost;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
