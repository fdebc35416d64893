import { srgbByte } from './color.ts';
import { repeatsVertex } from './edges.ts';
import type { Mesh } from './mesh.ts';

/** PLY, binary little endian: Z up, metres, welded vertices, an sRGB colour per face (the colour of its material). */
export const writePly = (mesh: Mesh): Uint8Array => {
  const kept: number[] = [];
  for (let t = 0; t < mesh.triangles.length / 3; t++) if (!repeatsVertex(mesh.triangles, t)) kept.push(t);
  const header = new TextEncoder().encode(writeHeader(mesh.positions.length / 3, kept.length));
  const bytes = new Uint8Array(header.length + 4 * mesh.positions.length + 16 * kept.length);
  bytes.set(header);
  const view = new DataView(bytes.buffer);
  let at = header.length;
  for (const p of mesh.positions) {
    view.setFloat32(at, p, true);
    at += 4;
  }
  const colors = mesh.materials.map((material) => material.color.map(srgbByte));
  for (const t of kept) {
    view.setUint8(at, 3);
    for (let k = 0; k < 3; k++) view.setInt32(at + 1 + 4 * k, mesh.triangles[3 * t + k] as number, true);
    bytes.set(colors[mesh.materialOf[t] as number] ?? [255, 255, 255], at + 13);
    at += 16;
  }
  return bytes;
};

const writeHeader = (vertices: number, faces: number): string =>
  [
    'ply',
    'format binary_little_endian 1.0',
    'comment Hive PLY: axis Z up, right-handed; units metres; colours sRGB',
    `element vertex ${vertices}`,
    'property float x',
    'property float y',
    'property float z',
    `element face ${faces}`,
    'property list uchar int vertex_indices',
    'property uchar red',
    'property uchar green',
    'property uchar blue',
    'end_header\n',
  ].join('\n');
