import { encodeSrgb } from './color.ts';
import { repeatsVertex } from './edges.ts';
import type { Material, Mesh } from './mesh.ts';
import { computeNormals, DEFAULT_CREASE_ANGLE } from './normals.ts';

export interface ObjOptions {
  readonly name?: string;
  /** degrees, 0 = flat shading */
  readonly creaseAngle?: number;
  /** file name the .obj refers to for its materials */
  readonly materialFile?: string;
}

export interface ObjFiles {
  readonly obj: string;
  readonly mtl: string;
}

/** Wavefront OBJ with its material library: Z up, metres, welded `v`, crease normals as `vn`, faces grouped by material. */
export const writeObj = (mesh: Mesh, options: ObjOptions = {}): ObjFiles => {
  const name = options.name ?? 'model';
  const names = nameMaterials(mesh.materials);
  const render = computeNormals(mesh, options.creaseAngle ?? DEFAULT_CREASE_ANGLE);
  const normals = indexLines('vn', render.normals);
  const lines = [
    '# Hive Wavefront OBJ: axis Z up, right-handed; units metres',
    `mtllib ${options.materialFile ?? `${name}.mtl`}`,
    `o ${safeName(name)}`,
    ...vectorLines('v', mesh.positions),
    ...normals.lines,
  ];
  for (const [material, label] of names.entries()) {
    const faces: string[] = [];
    for (let t = 0; t < mesh.materialOf.length; t++) {
      if (mesh.materialOf[t] !== material || repeatsVertex(mesh.triangles, t)) continue;
      const corner = (h: number) =>
        `${(mesh.triangles[h] as number) + 1}//${normals.indexOf[render.triangles[h] as number]}`;
      faces.push(`f ${corner(3 * t)} ${corner(3 * t + 1)} ${corner(3 * t + 2)}`);
    }
    if (faces.length > 0) lines.push(`usemtl ${label}`, ...faces);
  }
  return { obj: `${lines.join('\n')}\n`, mtl: writeMtl(mesh.materials, names) };
};

/** Kd is the display (sRGB) colour, as classic viewers take it; Pr and Pm are the PBR extension's roughness and metallic. */
const writeMtl = (materials: readonly Material[], names: readonly string[]): string => {
  const blocks = materials.map((material, i) => {
    const kd = material.color.map((c) => encodeSrgb(c).toFixed(4)).join(' ');
    const ks = (0.04 + 0.56 * material.metallic) * (1 - material.roughness);
    const shine = 2 / Math.max(0.05, material.roughness) ** 4 - 2; // Blinn–Phong exponent of the same lobe (α = roughness²)
    return [
      `newmtl ${names[i]}`,
      `Kd ${kd}`,
      `Ks ${Array(3).fill(ks.toFixed(4)).join(' ')}`,
      `Ns ${Math.min(1000, Math.max(0, shine)).toFixed(2)}`,
      'illum 2',
      `Pr ${material.roughness.toFixed(4)}`,
      `Pm ${material.metallic.toFixed(4)}`,
    ].join('\n');
  });
  return `# Hive material library: Kd in sRGB, Pr/Pm roughness and metallic 0-1\n${blocks.join('\n\n')}\n`;
};

/** OBJ names end at white space; two materials of one name get a number each. */
const nameMaterials = (materials: readonly Material[]): string[] => {
  const taken = new Set<string>();
  return materials.map((material, i) => {
    const plain = safeName(material.name) || 'material';
    const name = taken.has(plain) ? `${plain}_${i}` : plain;
    taken.add(name);
    return name;
  });
};

const safeName = (name: string): string => name.trim().replace(/[^\p{L}\p{N}._-]+/gu, '_');

const vectorLines = (tag: string, vectors: Float32Array): string[] => {
  const lines: string[] = [];
  for (let i = 0; i < vectors.length; i += 3) {
    const [x, y, z] = [vectors[i] as number, vectors[i + 1] as number, vectors[i + 2] as number];
    lines.push(`${tag} ${shortest(x)} ${shortest(y)} ${shortest(z)}`);
  }
  return lines;
};

/** Each distinct line once, and its 1-based number for every vector: flat faces share one normal. */
const indexLines = (tag: string, vectors: Float32Array) => {
  const numberOf = new Map<string, number>();
  const indexOf = new Uint32Array(vectors.length / 3);
  for (let v = 0; v < indexOf.length; v++) {
    const part = (k: number): string => String(Number((vectors[3 * v + k] as number).toFixed(5)) + 0);
    const line = `${tag} ${part(0)} ${part(1)} ${part(2)}`;
    const known = numberOf.get(line) ?? numberOf.size + 1;
    numberOf.set(line, known);
    indexOf[v] = known;
  }
  return { lines: numberOf.keys(), indexOf };
};

/** The fewest digits that read back as the same 32-bit float. */
const shortest = (value: number): string => {
  for (let digits = 6; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return String(rounded + 0);
  }
  return String(Number(value.toPrecision(9)));
};
