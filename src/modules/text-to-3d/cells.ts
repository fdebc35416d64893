/** Cells of a block of space, x fastest; 0 is empty, else material + 1. */
export interface Cells {
  readonly shape: readonly [number, number, number];
  readonly values: Uint16Array;
}

export const cellAt = ({ shape, values }: Cells, x: number, y: number, z: number): number =>
  x < 0 || y < 0 || z < 0 || x >= shape[0] || y >= shape[1] || z >= shape[2]
    ? 0
    : (values[(z * shape[1] + y) * shape[0] + x] ?? 0);
