import type { Mesh } from '../mesh/mesh.ts';
import { boundBox } from '../mesh/topology.ts';
import type { Cells } from './cells.ts';
import { castColumns } from './voxel-columns.ts';
import { closeContacts } from './voxel-contacts.ts';
import { meshCells } from './voxel-mesh.ts';

/**
 * The solid re-made of `count` cubes along its longest side. A cell is stretched by a few percent where a side is not a
 * whole number of cubes, so that the size over all stays what it was.
 */
export function voxelize(mesh: Mesh, count: number, signal: AbortSignal): Mesh {
  const { min, size } = boundBox(mesh.positions);
  const edge = Math.max(...size) / count;
  const shape = size.map((length) => Math.max(1, Math.round(length / edge))) as [number, number, number];
  const step = size.map((length, axis) => length / (shape[axis] ?? 1)) as [number, number, number];
  const cells: Cells = { shape, values: new Uint16Array(shape[0] * shape[1] * shape[2]) };
  castColumns(mesh, { min, step }, cells, signal);
  closeContacts(cells);
  signal.throwIfAborted();
  return meshCells(cells, { min, size }, mesh.materials);
}
