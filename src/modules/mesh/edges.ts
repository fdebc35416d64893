/** Every undirected edge of a triangle list, found once and shared by whoever asks what meets there. */
export interface EdgeTable {
  /** distinct undirected edges */
  readonly count: number;
  /** edge of half-edge 3t+k, which runs from corner k of triangle t to the next; −1 in a triangle that names a vertex twice */
  readonly edgeOf: Int32Array;
  /** per edge: half-edges that run from its lower vertex index to its higher one */
  readonly forward: Uint32Array;
  /** per edge: half-edges that run the other way */
  readonly backward: Uint32Array;
  /** per half-edge: the one other half-edge of a properly shared edge (one forward, one backward), else −1 */
  readonly twin: Int32Array;
}

/** The half-edge after `h` in its triangle, which is also the corner at the end of `h`. */
export const nextHalf = (h: number): number => (h % 3 === 2 ? h - 2 : h + 1);

/** True where a triangle names a vertex twice and so has no area whatever the positions. */
export const repeatsVertex = (triangles: Uint32Array, t: number): boolean => {
  const a = triangles[3 * t];
  const b = triangles[3 * t + 1];
  const c = triangles[3 * t + 2];
  return a === b || b === c || c === a;
};

export const countCollapsed = (triangles: Uint32Array): number => {
  let collapsed = 0;
  for (let t = 0; t < triangles.length / 3; t++) if (repeatsVertex(triangles, t)) collapsed++;
  return collapsed;
};

/** Half-edges sorted by their lower vertex (counting sort): `order[start[v]..start[v+1])` are those of v. */
const bucketByLowVertex = (triangles: Uint32Array, vertices: number) => {
  const start = new Uint32Array(vertices + 1);
  const low = new Int32Array(triangles.length).fill(-1);
  for (let t = 0; t < triangles.length / 3; t++) {
    if (repeatsVertex(triangles, t)) continue;
    for (let h = 3 * t; h < 3 * t + 3; h++) {
      const v = Math.min(triangles[h] as number, triangles[nextHalf(h)] as number);
      low[h] = v;
      start[v + 1] = (start[v + 1] as number) + 1;
    }
  }
  for (let v = 0; v < vertices; v++) start[v + 1] = (start[v + 1] as number) + (start[v] as number);
  const order = new Uint32Array(start[vertices] as number);
  const cursor = start.slice(0, vertices);
  for (let h = 0; h < low.length; h++) {
    const v = low[h] as number;
    if (v < 0) continue;
    const at = cursor[v] as number;
    order[at] = h;
    cursor[v] = at + 1;
  }
  return { order, low };
};

const pairTwins = (edgeOf: Int32Array, forward: Uint32Array, backward: Uint32Array): Int32Array => {
  const twin = new Int32Array(edgeOf.length).fill(-1);
  const first = new Int32Array(forward.length).fill(-1);
  for (let h = 0; h < edgeOf.length; h++) {
    const e = edgeOf[h] as number;
    if (e < 0 || forward[e] !== 1 || backward[e] !== 1) continue;
    const other = first[e] as number;
    if (other < 0) {
      first[e] = h;
    } else {
      twin[h] = other;
      twin[other] = h;
    }
  }
  return twin;
};

/**
 * Linear time, and the same numbering for the same input.
 * @param triangles three vertex indices per triangle
 * @param vertices how many vertices the indices may name
 */
export const buildEdges = (triangles: Uint32Array, vertices: number): EdgeTable => {
  const { order, low } = bucketByLowVertex(triangles, vertices);
  const edgeOf = new Int32Array(triangles.length).fill(-1);
  const forward = new Uint32Array(order.length);
  const backward = new Uint32Array(order.length);
  const slot = new Int32Array(vertices); // edge last seen to this higher vertex …
  const stamp = new Int32Array(vertices).fill(-1); // … and from which lower vertex
  let count = 0;
  for (let i = 0; i < order.length; i++) {
    const h = order[i] as number;
    const from = triangles[h] as number;
    const v = low[h] as number;
    const high = from === v ? (triangles[nextHalf(h)] as number) : from;
    if (stamp[high] !== v) {
      stamp[high] = v;
      slot[high] = count++;
    }
    const e = slot[high] as number;
    edgeOf[h] = e;
    const side = from === v ? forward : backward;
    side[e] = (side[e] as number) + 1;
  }
  const f = forward.slice(0, count);
  const b = backward.slice(0, count);
  return { count, edgeOf, forward: f, backward: b, twin: pairTwins(edgeOf, f, b) };
};
