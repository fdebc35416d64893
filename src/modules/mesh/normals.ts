import { DisjointSet } from './disjoint-set.ts';
import { buildEdges, type EdgeTable, nextHalf } from './edges.ts';
import type { Mesh } from './mesh.ts';

/** A mesh as a renderer wants it: one normal and one material per vertex, so welded vertices occur once per crease and material. */
export interface RenderMesh {
  /** x, y, z per render vertex, Z up, metres */
  readonly positions: Float32Array;
  /** unit vectors, three numbers per render vertex */
  readonly normals: Float32Array;
  /** the welded vertex each render vertex came from */
  readonly sourceOf: Uint32Array;
  /** three render vertices per triangle, in the mesh's own order of triangles */
  readonly triangles: Uint32Array;
  /** index of the mesh's material, one per triangle */
  readonly materialOf: Uint16Array;
  /** every edge lies between exactly two triangles that run it in opposite ways */
  readonly sealed: boolean;
}

/** Degrees. Keeps a 10-sided cylinder round and a 45° chamfer sharp. */
export const DEFAULT_CREASE_ANGLE = 40;

/**
 * Vertex normals with creases: an edge whose two faces turn by more than `creaseAngle` is sharp, and every fan of
 * triangles between sharp edges shares one normal, whatever its materials. Faces are weighted by corner angle
 * (Thürmer and Wüthrich 1998) times the area of the flat region they belong to: large flat faces stay flat beside small
 * fillets, and how a flat region was cut into triangles does not show.
 * @param creaseAngle degrees, 0–180; 0 is flat shading
 */
export const computeNormals = (mesh: Mesh, creaseAngle: number = DEFAULT_CREASE_ANGLE): RenderMesh => {
  const faces = faceNormals(mesh);
  const table = buildEdges(mesh.triangles, mesh.positions.length / 3);
  const fans = joinFans(mesh, faces, table, creaseAngle);
  const weighted = weighFaces(faces, table);
  const sums = sumNormals(mesh, weighted, fans);
  const sealed = table.twin.every((twin) => twin >= 0);
  return { ...splitVertices(mesh, fans, sums), sealed };
};

/** Cross products, twice the area long, in double precision. */
const faceNormals = ({ positions, triangles }: Mesh): Float64Array => {
  const faces = new Float64Array(triangles.length);
  for (let i = 0; i < triangles.length; i += 3) {
    const a = 3 * (triangles[i] as number);
    const b = 3 * (triangles[i + 1] as number);
    const c = 3 * (triangles[i + 2] as number);
    const ax = positions[a] as number;
    const ay = positions[a + 1] as number;
    const az = positions[a + 2] as number;
    const ux = (positions[b] as number) - ax;
    const uy = (positions[b + 1] as number) - ay;
    const uz = (positions[b + 2] as number) - az;
    const vx = (positions[c] as number) - ax;
    const vy = (positions[c + 1] as number) - ay;
    const vz = (positions[c + 2] as number) - az;
    faces[i] = uy * vz - uz * vy;
    faces[i + 1] = uz * vx - ux * vz;
    faces[i + 2] = ux * vy - uy * vx;
  }
  return faces;
};

/** Sets of corners (3t+k) that share a normal. */
const joinFans = (mesh: Mesh, faces: Float64Array, table: EdgeTable, creaseAngle: number): DisjointSet => {
  const fans = new DisjointSet(mesh.triangles.length);
  // The margin lets faces that are coplanar but for rounding share vertices, flat shading included.
  const least = Math.cos((Math.min(180, Math.max(0, creaseAngle)) * Math.PI) / 180) - 1e-7;
  for (let h = 0; h < table.twin.length; h++) {
    const other = table.twin[h] as number;
    if (other < h) continue;
    const a = h - (h % 3);
    const b = other - (other % 3);
    if (turnBetween(faces, a, b) < least) continue;
    fans.union(h, nextHalf(other));
    fans.union(nextHalf(h), other);
  }
  return fans;
};

/** Cosine of the angle between two faces; −2 where one of them has no direction, so that nothing is smoothed across it. */
const turnBetween = (faces: Float64Array, a: number, b: number): number => {
  const ax = faces[a] as number;
  const ay = faces[a + 1] as number;
  const az = faces[a + 2] as number;
  const bx = faces[b] as number;
  const by = faces[b + 1] as number;
  const bz = faces[b + 2] as number;
  const lengths = Math.sqrt((ax * ax + ay * ay + az * az) * (bx * bx + by * by + bz * bz));
  return lengths > 0 ? (ax * bx + ay * by + az * bz) / lengths : -2;
};

const COPLANAR = 1 - 1e-5; // cosine: a quarter of a degree

/** Face normals with the length of their flat region's area in place of their own. */
const weighFaces = (faces: Float64Array, table: EdgeTable): Float64Array => {
  const regions = new DisjointSet(faces.length / 3);
  for (let h = 0; h < table.twin.length; h++) {
    const other = table.twin[h] as number;
    if (other < h || turnBetween(faces, h - (h % 3), other - (other % 3)) < COPLANAR) continue;
    regions.union(Math.trunc(h / 3), Math.trunc(other / 3));
  }
  const areas = new Float64Array(faces.length / 3);
  for (let t = 0; t < areas.length; t++) {
    const root = regions.find(t);
    areas[root] = (areas[root] as number) + faceLength(faces, t);
  }
  const weighted = new Float64Array(faces.length);
  for (let t = 0; t < areas.length; t++) {
    const weight = (areas[regions.find(t)] as number) / (faceLength(faces, t) || 1);
    for (let i = 3 * t; i < 3 * t + 3; i++) weighted[i] = weight * (faces[i] as number);
  }
  return weighted;
};

const faceLength = (faces: Float64Array, t: number): number => {
  const x = faces[3 * t] as number;
  const y = faces[3 * t + 1] as number;
  const z = faces[3 * t + 2] as number;
  return Math.sqrt(x * x + y * y + z * z);
};

const sumNormals = (mesh: Mesh, faces: Float64Array, fans: DisjointSet): Float64Array => {
  const sums = new Float64Array(3 * mesh.triangles.length);
  for (let h = 0; h < mesh.triangles.length; h++) {
    const face = h - (h % 3);
    const root = 3 * fans.find(h);
    const angle = cornerAngle(mesh, h);
    for (let k = 0; k < 3; k++)
      sums[root + k] = (sums[root + k] as number) + angle * (faces[face + k] as number);
  }
  return sums;
};

/** Radians between the two sides that meet at corner h. */
const cornerAngle = ({ positions, triangles }: Mesh, h: number): number => {
  const o = 3 * (triangles[h] as number);
  const a = 3 * (triangles[nextHalf(h)] as number);
  const b = 3 * (triangles[nextHalf(nextHalf(h))] as number);
  let uu = 0;
  let vv = 0;
  let uv = 0;
  for (let k = 0; k < 3; k++) {
    const u = (positions[a + k] as number) - (positions[o + k] as number);
    const v = (positions[b + k] as number) - (positions[o + k] as number);
    uu += u * u;
    vv += v * v;
    uv += u * v;
  }
  const lengths = Math.sqrt(uu * vv);
  return lengths > 0 ? Math.acos(Math.min(1, Math.max(-1, uv / lengths))) : 0;
};

/** One render vertex per fan and material, numbered by first use. */
const splitVertices = (mesh: Mesh, fans: DisjointSet, sums: Float64Array): Omit<RenderMesh, 'sealed'> => {
  const corners = mesh.triangles.length;
  const firstOf = new Int32Array(corners).fill(-1); // per fan root: a list of its render vertices, one per material
  const nextOf = new Int32Array(corners).fill(-1);
  const rootOf = new Uint32Array(corners);
  const materialAt = new Uint16Array(corners);
  const sourceOf = new Uint32Array(corners);
  const triangles = new Uint32Array(corners);
  let count = 0;
  for (let h = 0; h < corners; h++) {
    const root = fans.find(h);
    const material = mesh.materialOf[Math.trunc(h / 3)] as number;
    let v = firstOf[root] as number;
    while (v >= 0 && materialAt[v] !== material) v = nextOf[v] as number;
    if (v < 0) {
      v = count++;
      nextOf[v] = firstOf[root] as number;
      firstOf[root] = v;
      rootOf[v] = root;
      materialAt[v] = material;
      sourceOf[v] = mesh.triangles[h] as number;
    }
    triangles[h] = v;
  }
  const source = sourceOf.slice(0, count);
  const { materialOf } = mesh;
  const normals = unitNormals(rootOf.subarray(0, count), sums);
  return {
    positions: gatherPoints(mesh.positions, source),
    normals,
    sourceOf: source,
    triangles,
    materialOf,
  };
};

const gatherPoints = (positions: Float32Array, source: Uint32Array): Float32Array => {
  const gathered = new Float32Array(3 * source.length);
  for (let v = 0; v < source.length; v++) {
    const at = 3 * (source[v] as number);
    for (let k = 0; k < 3; k++) gathered[3 * v + k] = positions[at + k] as number;
  }
  return gathered;
};

/** A fan without area still gets a unit vector (up): formats forbid a zero normal, and nobody sees it. */
const unitNormals = (roots: Uint32Array, sums: Float64Array): Float32Array => {
  const normals = new Float32Array(3 * roots.length);
  for (let v = 0; v < roots.length; v++) {
    const at = 3 * (roots[v] as number);
    const x = sums[at] as number;
    const y = sums[at + 1] as number;
    const z = sums[at + 2] as number;
    const length = Math.sqrt(x * x + y * y + z * z);
    const usable = length > 0;
    normals[3 * v] = usable ? x / length : 0;
    normals[3 * v + 1] = usable ? y / length : 0;
    normals[3 * v + 2] = usable ? z / length : 1;
  }
  return normals;
};
