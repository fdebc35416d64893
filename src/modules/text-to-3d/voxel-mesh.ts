import type { Material, Mesh } from '../mesh/mesh.ts';
import { type Cells, cellAt } from './cells.ts';

interface Frame {
  readonly min: readonly [number, number, number];
  readonly size: readonly [number, number, number];
}

/** Two triangles for each face between a full and an empty cell, with the corners shared. */
export function meshCells(cells: Cells, frame: Frame, materials: readonly Material[]): Mesh {
  const box = fullBox(cells);
  const vertices = new Map<number, number>();
  const positions: number[] = [];
  const triangles: number[] = [];
  const materialOf: number[] = [];
  const vertexAt = (corner: readonly number[]): number => {
    const [x = 0, y = 0, z = 0] = corner;
    const key = (z * (cells.shape[1] + 1) + y) * (cells.shape[0] + 1) + x;
    const known = vertices.get(key);
    if (known !== undefined) return known;
    vertices.set(key, vertices.size);
    positions.push(...corner.map((value, axis) => place(value, axis, box, frame)));
    return vertices.size - 1;
  };
  eachFace(cells, (corners, value) => {
    const [a = 0, b = 0, c = 0, d = 0] = corners.map(vertexAt);
    triangles.push(a, b, c, a, c, d);
    materialOf.push(value - 1, value - 1);
  });
  return compact({
    positions: Float32Array.from(positions),
    triangles: Uint32Array.from(triangles),
    materialOf: Uint16Array.from(materialOf),
    materials,
  });
}

/** The full cells are laid over the whole frame: a tip too fine for a cell must not shorten the thing. */
function place(
  value: number,
  axis: number,
  box: readonly (readonly [number, number])[],
  frame: Frame,
): number {
  const [low, high] = box[axis] ?? [0, 1];
  const share = (value - low) / (high - low);
  return (frame.min[axis] ?? 0) + share * (frame.size[axis] ?? 0);
}

function fullBox({ shape, values }: Cells): (readonly [number, number])[] {
  const low = [...shape];
  const high = [0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    if (values[i] === 0) continue;
    const cell = [i % shape[0], Math.floor(i / shape[0]) % shape[1], Math.floor(i / (shape[0] * shape[1]))];
    for (const axis of [0, 1, 2]) {
      low[axis] = Math.min(low[axis] ?? 0, cell[axis] ?? 0);
      high[axis] = Math.max(high[axis] ?? 0, (cell[axis] ?? 0) + 1);
    }
  }
  return [0, 1, 2].map((axis) => [low[axis] ?? 0, high[axis] ?? 1] as const);
}

type Face = (corners: readonly (readonly number[])[], value: number) => void;

function eachFace(cells: Cells, found: Face): void {
  const [nx, ny, nz] = cells.shape;
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++) {
        const value = cellAt(cells, x, y, z);
        if (value > 0) facesOf(cells, [x, y, z], value, found);
      }
    }
  }
}

function facesOf(cells: Cells, cell: readonly [number, number, number], value: number, found: Face): void {
  for (const axis of [0, 1, 2]) {
    for (const side of [0, 1]) {
      const next = cell.map((k, other) => (other === axis ? k + 2 * side - 1 : k));
      if (cellAt(cells, next[0] ?? 0, next[1] ?? 0, next[2] ?? 0) > 0) continue;
      found(side === 1 ? faceOf(cell, axis, 1) : faceOf(cell, axis, 0).reverse(), value);
    }
  }
}

/** Corners of one face, counter-clockwise seen from the positive side of its axis. */
function faceOf(cell: readonly number[], axis: number, side: number): number[][] {
  const [u, v] = [(axis + 1) % 3, (axis + 2) % 3];
  return [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ].map(([du = 0, dv = 0]) =>
    cell.map((k, other) => k + (other === axis ? side : other === u ? du : other === v ? dv : 0)),
  );
}

/** Materials that no cell shows are left out. */
function compact(mesh: Mesh): Mesh {
  const used = [...new Set(mesh.materialOf)].sort((a, b) => a - b);
  const slot = new Map(used.map((material, i) => [material, i]));
  return {
    ...mesh,
    materialOf: mesh.materialOf.map((material) => slot.get(material) ?? 0),
    materials: used.flatMap((material) => mesh.materials[material] ?? []),
  };
}
