import type { Material, Mesh } from './mesh.ts';

/** Triangles whose corners need not share vertices, as interchange formats carry them. */
export interface TriangleSoup {
  /** x, y, z per vertex, Z up, metres */
  readonly positions: Float32Array;
  readonly triangles: Uint32Array;
  readonly materialOf: Uint16Array;
  readonly materials: readonly Material[];
}

/** Merges vertices at bit-equal positions (−0 counts as 0), keeping the order of first use, so that shared edges can be found. */
export const weldMesh = (soup: TriangleSoup): Mesh => {
  const count = soup.positions.length / 3;
  const welded = new Float32Array(soup.positions.length);
  const indexOf = new Map<string, number>();
  const mapped = new Uint32Array(count);
  for (let v = 0; v < count; v++) {
    const x = (soup.positions[3 * v] as number) + 0;
    const y = (soup.positions[3 * v + 1] as number) + 0;
    const z = (soup.positions[3 * v + 2] as number) + 0;
    const key = `${x},${y},${z}`;
    const known = indexOf.get(key);
    if (known === undefined) {
      welded.set([x, y, z], 3 * indexOf.size);
      mapped[v] = indexOf.size;
      indexOf.set(key, indexOf.size);
    } else mapped[v] = known;
  }
  return {
    positions: welded.slice(0, 3 * indexOf.size),
    triangles: soup.triangles.map((v) => mapped[v] as number),
    materialOf: soup.materialOf,
    materials: soup.materials,
  };
};
