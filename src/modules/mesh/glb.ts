import type { Document, Material as GltfMaterial } from '@gltf-transform/core';
import { repeatsVertex } from './edges.ts';
import type { Material, Mesh } from './mesh.ts';
import { computeNormals, DEFAULT_CREASE_ANGLE, type RenderMesh } from './normals.ts';

export interface GlbOptions {
  /** of the node and the mesh */
  readonly name?: string;
  /** JSON kept in `asset.extras` and on the root node, where viewers show it */
  readonly extras?: Readonly<Record<string, unknown>>;
  /** degrees, 0 = flat shading */
  readonly creaseAngle?: number;
}

/**
 * Binary glTF 2.0: Y up, metres; one primitive per material in use, with POSITION and NORMAL. The front of a
 * model (−Y in our space) becomes +Z, glTF's front. Same mesh and options, same bytes.
 */
export const writeGlb = async (mesh: Mesh, options: GlbOptions = {}): Promise<Uint8Array> => {
  // Loaded on first use: only workers that export meshes pay for it.
  const { Document, WebIO } = await import('@gltf-transform/core');
  const document = new Document();
  const root = document.getRoot();
  const name = options.name ?? 'model';
  const asset = root.getAsset();
  asset.generator = 'Hive';
  const extras = { ...options.extras };
  if (options.extras !== undefined) asset.extras = extras;
  document.createBuffer();
  const target = document.createMesh(name);
  const render = computeNormals(mesh, options.creaseAngle ?? DEFAULT_CREASE_ANGLE);
  for (const [index, material] of mesh.materials.entries()) {
    const part = selectPart(mesh, render, index);
    if (part === undefined) continue;
    target.addPrimitive(createPrimitive(document, part, createMaterial(document, material)));
  }
  const node = document.createNode(name).setMesh(target).setExtras(extras);
  const scene = document.createScene(name).addChild(node);
  root.setDefaultScene(scene);
  return new WebIO().writeBinary(document);
};

interface Part {
  readonly positions: Float32Array<ArrayBuffer>;
  readonly normals: Float32Array<ArrayBuffer>;
  readonly indices: Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
}

/** The triangles of one material with their own compact, Y-up vertices; nothing where no triangle has it. */
const selectPart = (mesh: Mesh, render: RenderMesh, material: number): Part | undefined => {
  const numberOf = new Int32Array(render.sourceOf.length).fill(-1);
  const used: number[] = [];
  const indices: number[] = [];
  for (let t = 0; t < mesh.materialOf.length; t++) {
    if (mesh.materialOf[t] !== material || repeatsVertex(mesh.triangles, t)) continue;
    for (let h = 3 * t; h < 3 * t + 3; h++) {
      const v = render.triangles[h] as number;
      if (numberOf[v] === -1) numberOf[v] = used.push(v) - 1;
      indices.push(numberOf[v] as number);
    }
  }
  if (indices.length === 0) return undefined;
  return {
    positions: turnYUp(render.positions, used),
    normals: turnYUp(render.normals, used),
    // 65535 restarts a primitive; 8-bit indices are legal too, but WebGPU has none.
    indices: used.length <= 65535 ? Uint16Array.from(indices) : Uint32Array.from(indices),
  };
};

/** Z up to Y up: x → x, y → −z, z → y. */
const turnYUp = (vectors: Float32Array, used: readonly number[]): Float32Array<ArrayBuffer> => {
  const turned = new Float32Array(3 * used.length);
  for (const [i, v] of used.entries()) {
    turned[3 * i] = vectors[3 * v] as number;
    turned[3 * i + 1] = vectors[3 * v + 2] as number;
    turned[3 * i + 2] = 0 - (vectors[3 * v + 1] as number); // 0 − y: no −0 in the file
  }
  return turned;
};

const createPrimitive = (document: Document, part: Part, material: GltfMaterial) => {
  const buffer = document.getRoot().listBuffers()[0] ?? null;
  const accessor = (type: 'SCALAR' | 'VEC3', array: Part['indices'] | Part['positions']) =>
    document.createAccessor().setType(type).setArray(array).setBuffer(buffer);
  return document
    .createPrimitive()
    .setAttribute('POSITION', accessor('VEC3', part.positions))
    .setAttribute('NORMAL', accessor('VEC3', part.normals))
    .setIndices(accessor('SCALAR', part.indices))
    .setMaterial(material);
};

const createMaterial = (document: Document, material: Material): GltfMaterial =>
  document
    .createMaterial(material.name)
    .setBaseColorFactor([...material.color, 1])
    .setMetallicFactor(material.metallic)
    .setRoughnessFactor(material.roughness);
