import { type Cells, cellAt } from './cells.ts';

type Cell = readonly [number, number, number];

/**
 * Cubes that touch only in an edge or a corner make a surface that is no 2-manifold. Each such contact gets one more
 * cube beside it, which turns it into a contact of faces; filling only adds, so it comes to an end.
 */
export function closeContacts(cells: Cells): void {
  const { shape } = cells;
  let changed = true;
  while (changed) {
    changed = false;
    for (let z = -1; z < shape[2]; z++) {
      for (let y = -1; y < shape[1]; y++) {
        for (let x = -1; x < shape[0]; x++) if (closeBlock(cells, [x, y, z])) changed = true;
      }
    }
  }
}

/** The eight cells around one corner of the grid. */
function closeBlock(cells: Cells, at: Cell): boolean {
  const block = CORNERS.map((corner) =>
    cellAt(cells, at[0] + corner[0], at[1] + corner[1], at[2] + corner[2]),
  );
  const full = block.filter((value) => value > 0).length;
  if (full < 2 || full > 6) return false;
  if (joinedBy(block, true) && joinedBy(block, false)) return false;
  return fillOne(cells, at, block);
}

const CORNERS: readonly Cell[] = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => [i & 1, (i >> 1) & 1, i >> 2]);

/** Do the full (or the empty) cells of a block hang together by faces? */
function joinedBy(block: readonly number[], full: boolean): boolean {
  const wanted = block.map((value) => value > 0 === full);
  const first = wanted.indexOf(true);
  const reached = new Set([first]);
  for (const cell of reached) {
    for (const bit of [1, 2, 4]) if (wanted[cell ^ bit]) reached.add(cell ^ bit);
  }
  return reached.size === wanted.filter(Boolean).length;
}

/** The empty cell with the most full neighbours in the block, inside the grid. */
function fillOne(cells: Cells, at: Cell, block: readonly number[]): boolean {
  let best: { index: number; value: number; score: number } | undefined;
  for (const [i, value] of block.entries()) {
    const corner = CORNERS[i] ?? [0, 0, 0];
    const [x, y, z] = [at[0] + corner[0], at[1] + corner[1], at[2] + corner[2]];
    const outside = [x, y, z].some((k, axis) => k < 0 || k >= (cells.shape[axis] ?? 0));
    if (value > 0 || outside) continue;
    const neighbours = [1, 2, 4].map((bit) => block[i ^ bit] ?? 0).filter((other) => other > 0);
    const index = (z * cells.shape[1] + y) * cells.shape[0] + x;
    const score = neighbours.length;
    if (!best || score > best.score) best = { index, value: neighbours[0] ?? 0, score };
  }
  if (!best || best.value === 0) return false;
  cells.values[best.index] = best.value;
  return true;
}
