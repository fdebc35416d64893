import type { Material, Mesh } from './mesh.ts';

/** Solids with known measures, for this folder's tests. */
export const RED: Material = { name: 'red paint', color: [0.7, 0.03, 0.02], metallic: 0, roughness: 0.5 };
export const STEEL: Material = { name: 'steel', color: [0.6, 0.6, 0.62], metallic: 1, roughness: 0.3 };

type Triple = readonly [number, number, number];

/** Corner index bits are x, y, z; each face as two triangles, counter-clockwise from outside. */
const BOX_FACES = [
  [0, 2, 3, 1],
  [4, 5, 7, 6],
  [0, 1, 5, 4],
  [2, 6, 7, 3],
  [0, 4, 6, 2],
  [1, 3, 7, 5],
] as const;

/** The bottom face has the second material, the rest the first. */
export const box = (
  size: Triple = [1, 1, 1],
  at: Triple = [0, 0, 0],
  materials: readonly Material[] = [RED, STEEL],
): Mesh => ({
  positions: Float32Array.from({ length: 24 }, (_, i) => {
    const axis = (i % 3) as 0 | 1 | 2;
    return at[axis] + ((Math.trunc(i / 3) >> axis) & 1) * size[axis];
  }),
  triangles: Uint32Array.from(BOX_FACES.flatMap(([a, b, c, d]) => [a, b, c, a, c, d])),
  materialOf: Uint16Array.from({ length: 12 }, (_, t) => (t < 2 ? 1 : 0)),
  materials,
});

/** Three unit edges along the axes: volume 1/6. */
export const tetrahedron = (): Mesh => ({
  positions: Float32Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1),
  triangles: Uint32Array.of(0, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 3),
  materialOf: new Uint16Array(4),
  materials: [RED],
});

/** Around Z through the origin. */
export const torus = (major: number, minor: number, around: number, across: number): Mesh => {
  const positions: number[] = [];
  const triangles: number[] = [];
  for (let i = 0; i < around; i++) {
    for (let j = 0; j < across; j++) {
      const [u, v] = [(2 * Math.PI * i) / around, (2 * Math.PI * j) / across];
      const r = major + minor * Math.cos(v);
      positions.push(r * Math.cos(u), r * Math.sin(u), minor * Math.sin(v));
      const at = (di: number, dj: number) => ((i + di) % around) * across + ((j + dj) % across);
      triangles.push(at(0, 0), at(1, 0), at(1, 1), at(0, 0), at(1, 1), at(0, 1));
    }
  }
  return {
    positions: Float32Array.from(positions),
    triangles: Uint32Array.from(triangles),
    materialOf: new Uint16Array(triangles.length / 3),
    materials: [STEEL],
  };
};
