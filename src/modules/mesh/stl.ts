import { repeatsVertex } from './edges.ts';
import type { Mesh } from './mesh.ts';

const HEADER = 'Hive binary STL: axis Z up, right-handed; units metres; no colours';

/** Binary STL: Z up, metres. The format has neither materials nor shared vertices; corners of one vertex are bit-equal. */
export const writeStl = (mesh: Mesh): Uint8Array => {
  const kept: number[] = [];
  for (let t = 0; t < mesh.triangles.length / 3; t++) if (!repeatsVertex(mesh.triangles, t)) kept.push(t);
  const bytes = new Uint8Array(84 + 50 * kept.length);
  bytes.set(new TextEncoder().encode(HEADER)); // must not begin with "solid", the mark of text STL
  const view = new DataView(bytes.buffer);
  view.setUint32(80, kept.length, true);
  for (const [i, t] of kept.entries()) writeFacet(view, 84 + 50 * i, mesh, t);
  return bytes;
};

const writeFacet = (view: DataView, at: number, { positions, triangles }: Mesh, t: number): void => {
  const [a, b, c] = [0, 1, 2].map((k) => 3 * (triangles[3 * t + k] as number)) as [number, number, number];
  const side = (to: number, k: number): number =>
    (positions[to + k] as number) - (positions[a + k] as number);
  const normal = [0, 1, 2].map((k) => {
    const [i, j] = [(k + 1) % 3, (k + 2) % 3];
    return side(b, i) * side(c, j) - side(b, j) * side(c, i);
  });
  const length = Math.hypot(...normal) || 1;
  for (const [k, n] of normal.entries()) view.setFloat32(at + 4 * k, n / length + 0, true);
  for (const [corner, v] of [a, b, c].entries()) {
    for (let k = 0; k < 3; k++)
      view.setFloat32(at + 12 + 12 * corner + 4 * k, positions[v + k] as number, true);
  }
};
