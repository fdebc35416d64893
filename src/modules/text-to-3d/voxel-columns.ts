import type { Mesh } from '../mesh/mesh.ts';
import type { Cells } from './cells.ts';

export interface Grid {
  readonly min: readonly [number, number, number];
  /** metres per cell */
  readonly step: readonly [number, number, number];
}

/** Where a line leaves or enters the solid, in cells along it, and the material there. */
interface Crossing {
  readonly at: number;
  readonly material: number;
}

/** Lines per cell and axis; off the middle and off each other, so that none runs along an edge of the mesh. */
const LINES = [0.2613, 0.7387] as const;

/** Votes out of twelve for a cell to be full: a good half, else less, where parts finer than a cell would be lost. */
const ENOUGH = [5, 3, 1] as const;

/** Fills the cells that lines through the solid find inside, along all three axes: nothing as wide as half a cell is missed. */
export function castColumns(mesh: Mesh, grid: Grid, cells: Cells, signal: AbortSignal): void {
  const votes = new Uint8Array(cells.values.length);
  for (const axis of [0, 1, 2] as const) {
    signal.throwIfAborted();
    castAlong(mesh, grid, cells, axis, votes);
  }
  const enough = ENOUGH.find((least) => reachesAllSides(cells.shape, votes, least)) ?? 1;
  for (let i = 0; i < votes.length; i++) if ((votes[i] ?? 0) < enough) cells.values[i] = 0;
}

/** Does the form still come within a cell of all six sides of the block? */
function reachesAllSides(shape: Cells['shape'], votes: Uint8Array, least: number): boolean {
  const low = [...shape];
  const high = [0, 0, 0];
  for (let i = 0; i < votes.length; i++) {
    if ((votes[i] ?? 0) < least) continue;
    const cell = [i % shape[0], Math.floor(i / shape[0]) % shape[1], Math.floor(i / (shape[0] * shape[1]))];
    for (const axis of [0, 1, 2]) {
      low[axis] = Math.min(low[axis] ?? 0, cell[axis] ?? 0);
      high[axis] = Math.max(high[axis] ?? 0, (cell[axis] ?? 0) + 1);
    }
  }
  return [0, 1, 2].every((axis) => (low[axis] ?? 0) <= 1 && (high[axis] ?? 0) >= (shape[axis] ?? 0) - 1);
}

function castAlong(mesh: Mesh, grid: Grid, cells: Cells, axis: 0 | 1 | 2, votes: Uint8Array): void {
  const u = ((axis + 1) % 3) as 0 | 1 | 2;
  const v = ((axis + 2) % 3) as 0 | 1 | 2;
  const wide = cells.shape[u] * LINES.length;
  const lines: Crossing[][] = Array.from({ length: wide * cells.shape[v] * LINES.length }, () => []);
  collect(mesh, grid, [axis, u, v], lines, cells.shape);
  for (const [index, crossings] of lines.entries()) {
    if (crossings.length < 2) continue;
    crossings.sort((a, b) => a.at - b.at);
    const cell = [0, 0, 0];
    cell[u] = Math.floor((index % wide) / LINES.length);
    cell[v] = Math.floor(Math.floor(index / wide) / LINES.length);
    for (let k = 0; k + 1 < crossings.length; k += 2) {
      fill(cells, votes, cell, axis, crossings[k], crossings[k + 1]);
    }
  }
}

/** From one surface to the next; a wall thinner than a cell still fills the one it is in. */
function fill(
  cells: Cells,
  votes: Uint8Array,
  cell: number[],
  axis: 0 | 1 | 2,
  from?: Crossing,
  to?: Crossing,
): void {
  if (!from || !to) return;
  const { shape, values } = cells;
  const thin = to.at - from.at < 1;
  const middle = Math.floor((from.at + to.at) / 2);
  const first = thin ? middle : Math.round(from.at);
  const last = thin ? middle : Math.round(to.at) - 1;
  for (let k = Math.max(0, first); k <= Math.min(last, shape[axis] - 1); k++) {
    cell[axis] = k;
    const index = ((cell[2] ?? 0) * shape[1] + (cell[1] ?? 0)) * shape[0] + (cell[0] ?? 0);
    votes[index] = (votes[index] ?? 0) + (thin ? 2 : 1);
    const near = Math.min(k - from.at, to.at - k - 1);
    const material = k - from.at <= to.at - k - 1 ? from.material : to.material;
    // The surface nearest to a cell gives its colour; cells deep inside take any.
    if (values[index] === 0 || near < 1) values[index] = material + 1;
  }
}

type Axes = readonly [axis: 0 | 1 | 2, u: 0 | 1 | 2, v: 0 | 1 | 2];

function collect(
  mesh: Mesh,
  grid: Grid,
  [axis, u, v]: Axes,
  lines: Crossing[][],
  shape: Cells['shape'],
): void {
  const { positions, triangles } = mesh;
  const point = (t: number, k: number, along: 0 | 1 | 2): number =>
    ((positions[3 * (triangles[3 * t + k] ?? 0) + along] ?? 0) - grid.min[along]) / grid.step[along];
  const wide = shape[u] * LINES.length;
  for (let t = 0; t < mesh.materialOf.length; t++) {
    const [au, bu, cu] = [point(t, 0, u), point(t, 1, u), point(t, 2, u)];
    const [av, bv, cv] = [point(t, 0, v), point(t, 1, v), point(t, 2, v)];
    const area = (bu - au) * (cv - av) - (cu - au) * (bv - av);
    if (area === 0) continue;
    const [aw, bw, cw] = [point(t, 0, axis), point(t, 1, axis), point(t, 2, axis)];
    const material = mesh.materialOf[t] ?? 0;
    const rows = linesWithin(av, bv, cv, shape[v]);
    for (let i = linesFrom(Math.min(au, bu, cu)); i < linesWithin(au, bu, cu, shape[u])[1]; i++) {
      const pu = lineAt(i);
      for (let j = rows[0]; j < rows[1]; j++) {
        const pv = lineAt(j);
        const b = ((pu - au) * (cv - av) - (cu - au) * (pv - av)) / area;
        const c = ((bu - au) * (pv - av) - (pu - au) * (bv - av)) / area;
        if (b < 0 || c < 0 || b + c > 1) continue;
        lines[j * wide + i]?.push({ at: aw + b * (bw - aw) + c * (cw - aw), material });
      }
    }
  }
}

const lineAt = (index: number): number =>
  Math.floor(index / LINES.length) + (LINES[index % LINES.length] ?? 0);
const linesFrom = (low: number): number => Math.max(0, Math.floor(low) * LINES.length);
const linesWithin = (a: number, b: number, c: number, count: number): [number, number] => [
  linesFrom(Math.min(a, b, c)),
  Math.min(count * LINES.length, (Math.floor(Math.max(a, b, c)) + 1) * LINES.length),
];
