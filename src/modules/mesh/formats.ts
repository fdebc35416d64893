import { writeGlb } from './glb.ts';
import type { Mesh } from './mesh.ts';
import { writeObj } from './obj.ts';
import { writePly } from './ply.ts';
import { writeStl } from './stl.ts';

export const MESH_FORMATS = ['glb', 'obj', 'stl', 'ply'] as const;

export type MeshFormat = (typeof MESH_FORMATS)[number];

export interface MeshFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly contentType: string;
}

export interface ExportOptions {
  /** file name without its ending, also the model's name inside the file */
  readonly name?: string;
  /** degrees, 0 = flat shading; for formats with normals */
  readonly creaseAngle?: number;
  /** provenance, for formats that can hold it (glb) */
  readonly extras?: Readonly<Record<string, unknown>>;
}

/** One file per format, except obj, which comes with its material library. Same mesh and options, same bytes. */
export const exportMesh = async (
  mesh: Mesh,
  format: MeshFormat,
  options: ExportOptions = {},
): Promise<MeshFile[]> => {
  const name = options.name ?? 'model';
  switch (format) {
    case 'glb':
      return [
        { name: `${name}.glb`, bytes: await writeGlb(mesh, options), contentType: 'model/gltf-binary' },
      ];
    case 'obj':
      return exportObj(mesh, name, options);
    case 'stl':
      return [{ name: `${name}.stl`, bytes: writeStl(mesh), contentType: 'model/stl' }];
    case 'ply':
      // PLY has no registered media type.
      return [{ name: `${name}.ply`, bytes: writePly(mesh), contentType: 'application/octet-stream' }];
  }
};

const exportObj = (mesh: Mesh, name: string, options: ExportOptions): MeshFile[] => {
  const { obj, mtl } = writeObj(mesh, options);
  const encoder = new TextEncoder();
  return [
    { name: `${name}.obj`, bytes: encoder.encode(obj), contentType: 'model/obj' },
    { name: `${name}.mtl`, bytes: encoder.encode(mtl), contentType: 'model/mtl' },
  ];
};
