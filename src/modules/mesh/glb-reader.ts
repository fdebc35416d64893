import type { Primitive } from '@gltf-transform/core';
import type { Material, Mesh } from './mesh.ts';
import { weldMesh } from './weld.ts';

/**
 * Reads the triangles of a GLB back as one Z-up mesh welded by position: the check that what was written is still the
 * closed surface it was before vertices were split by crease and material. Materials keep their factors, not textures.
 */
export const readGlb = async (bytes: Uint8Array): Promise<Mesh> => {
  const { WebIO } = await import('@gltf-transform/core');
  const document = await new WebIO().readBinary(new Uint8Array(bytes));
  const positions: number[] = [];
  const triangles: number[] = [];
  const materialOf: number[] = [];
  const materials: Material[] = [];
  for (const node of document.getRoot().listNodes()) {
    const matrix = node.getWorldMatrix();
    for (const primitive of node.getMesh()?.listPrimitives() ?? []) {
      const base = positions.length / 3;
      const material = materials.push(readMaterial(primitive)) - 1;
      appendPoints(positions, primitive, matrix);
      const indices = primitive.getIndices()?.getArray();
      const count = indices?.length ?? positions.length / 3 - base;
      for (let i = 0; i < count; i++) triangles.push(base + (indices?.[i] ?? i));
      for (let t = 0; t < count / 3; t++) materialOf.push(material);
    }
  }
  return weldMesh({
    positions: Float32Array.from(positions),
    triangles: Uint32Array.from(triangles),
    materialOf: Uint16Array.from(materialOf),
    materials,
  });
};

/** World space, Y up to Z up: (x, y, z) → (x, −z, y). */
const appendPoints = (target: number[], primitive: Primitive, m: readonly number[]): void => {
  const points = primitive.getAttribute('POSITION')?.getArray();
  const at = (row: number, x: number, y: number, z: number): number =>
    (m[row] ?? 0) * x + (m[row + 4] ?? 0) * y + (m[row + 8] ?? 0) * z + (m[row + 12] ?? 0);
  for (let i = 0; i < (points?.length ?? 0); i += 3) {
    const [x, y, z] = [points?.[i] ?? 0, points?.[i + 1] ?? 0, points?.[i + 2] ?? 0];
    target.push(at(0, x, y, z), -at(2, x, y, z), at(1, x, y, z));
  }
};

const readMaterial = (primitive: Primitive): Material => {
  const material = primitive.getMaterial();
  const [r, g, b] = material?.getBaseColorFactor() ?? [1, 1, 1];
  return {
    name: material?.getName() ?? '',
    color: [r, g, b],
    metallic: material?.getMetallicFactor() ?? 1,
    roughness: material?.getRoughnessFactor() ?? 1,
  };
};
