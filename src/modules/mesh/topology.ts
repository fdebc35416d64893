import { DisjointSet } from './disjoint-set.ts';
import { buildEdges, countCollapsed, type EdgeTable, nextHalf } from './edges.ts';
import type { Mesh } from './mesh.ts';
import { cross, dot, subtract, type Vector } from './vector.ts';

export interface Topology {
  /** vertices that a triangle uses */
  readonly vertices: number;
  readonly edges: number;
  readonly triangles: number;
  /** edges of one triangle only: the rims of holes */
  readonly boundary_edges: number;
  /** edges of more than two triangles */
  readonly non_manifold_edges: number;
  /** edges of two triangles that both run the same way: neighbours that disagree about which side is out */
  readonly inconsistent_edges: number;
  /** vertices where two or more fans of triangles touch only in that point */
  readonly non_manifold_vertices: number;
  /** triangles that name a vertex twice or whose three points lie on a line */
  readonly degenerate_triangles: number;
  /** parts that hang together over edges */
  readonly components: number;
  /** vertices − edges + triangles */
  readonly euler: number;
  /** handles, summed over all components; null unless the surface is closed (it has no genus in this sense) */
  readonly genus: number | null;
  /** a closed 2-manifold with one consistent orientation: what has an inside and can be printed */
  readonly closed: boolean;
}

export interface Measure {
  /** m³, positive where triangles face outwards; only a volume in the true sense for a closed mesh */
  readonly volume: number;
  /** m² */
  readonly area: number;
  readonly bbox: Box;
}

/** Axis-aligned, in metres, Z up; all zero for a mesh without vertices. */
export interface Box {
  readonly min: Vector;
  readonly max: Vector;
  readonly size: Vector;
}

/** Counts what makes a triangle mesh a solid. Euler–Poincaré: χ = 2·components − 2·genus for a closed orientable surface. */
export const checkTopology = (mesh: Mesh): Topology => {
  const { triangles, positions } = mesh;
  const table = buildEdges(triangles, positions.length / 3);
  const edges = countEdges(table);
  const fans = countFans(triangles, table);
  const total = triangles.length / 3;
  const collapsed = countCollapsed(triangles);
  const euler = fans.vertices - table.count + (total - collapsed);
  const faults = edges.boundary_edges + edges.non_manifold_edges + edges.inconsistent_edges;
  const closed = total > 0 && collapsed === 0 && faults === 0 && fans.pinched === 0;
  const components = countComponents(triangles, table);
  return {
    vertices: fans.vertices,
    edges: table.count,
    triangles: total,
    ...edges,
    non_manifold_vertices: fans.pinched,
    degenerate_triangles: countDegenerate(mesh),
    components,
    euler,
    genus: closed ? components - euler / 2 : null,
    closed,
  };
};

const countEdges = (table: EdgeTable) => {
  const counts = { boundary_edges: 0, non_manifold_edges: 0, inconsistent_edges: 0 };
  for (let e = 0; e < table.count; e++) {
    const forward = table.forward[e] as number;
    const uses = forward + (table.backward[e] as number);
    if (uses === 1) counts.boundary_edges++;
    else if (uses > 2) counts.non_manifold_edges++;
    else if (forward !== 1) counts.inconsistent_edges++;
  }
  return counts;
};

/** A vertex of a 2-manifold has one fan: all its corners are joined through edges of exactly two triangles, whichever way these run. */
const countFans = (triangles: Uint32Array, table: EdgeTable) => {
  const corners = new DisjointSet(triangles.length);
  const first = new Int32Array(table.count).fill(-1);
  for (let h = 0; h < triangles.length; h++) {
    const e = table.edgeOf[h] as number;
    if (e < 0 || (table.forward[e] as number) + (table.backward[e] as number) !== 2) continue;
    const other = first[e] as number;
    if (other < 0) {
      first[e] = h;
      continue;
    }
    const same = triangles[h] === triangles[other];
    corners.union(h, same ? other : nextHalf(other));
    corners.union(nextHalf(h), same ? nextHalf(other) : other);
  }
  const fanOf = new Int32Array(triangles.reduce((most, v) => Math.max(most, v + 1), 0)).fill(-1);
  let vertices = 0;
  const pinched = new Set<number>();
  for (let h = 0; h < triangles.length; h++) {
    if (table.edgeOf[h] === -1) continue;
    const v = triangles[h] as number;
    const fan = corners.find(h);
    if (fanOf[v] === -1) {
      fanOf[v] = fan;
      vertices++;
    } else if (fanOf[v] !== fan) pinched.add(v);
  }
  return { vertices, pinched: pinched.size };
};

const countComponents = (triangles: Uint32Array, table: EdgeTable): number => {
  const parts = new DisjointSet(triangles.length / 3);
  const first = new Int32Array(table.count).fill(-1);
  for (let h = 0; h < triangles.length; h++) {
    const e = table.edgeOf[h] as number;
    if (e < 0) continue;
    const t = Math.trunc(h / 3);
    if (first[e] === -1) first[e] = t;
    else parts.union(first[e] as number, t);
  }
  let components = 0;
  for (let t = 0; t < triangles.length / 3; t++) {
    if (table.edgeOf[3 * t] !== -1 && parts.find(t) === t) components++;
  }
  return components;
};

const SLIVER = 1e-7; // height over longest edge below what single precision can tell from zero

const countDegenerate = (mesh: Mesh): number => {
  let degenerate = 0;
  for (let t = 0; t < mesh.triangles.length / 3; t++) {
    const [a, b, c] = cornersOf(mesh, t);
    const [ab, bc, ca] = [subtract(b, a), subtract(c, b), subtract(a, c)];
    const longest = Math.max(dot(ab, ab), dot(bc, bc), dot(ca, ca));
    const normal = cross(ab, ca);
    if (Math.sqrt(dot(normal, normal)) <= SLIVER * longest) degenerate++;
  }
  return degenerate;
};

/** Volume by the divergence theorem (signed tetrahedra towards the box's centre, which keeps the sums small), area by cross products. */
export const measure = (mesh: Mesh): Measure => {
  const bbox = boundBox(mesh.positions);
  const centre: Vector = [
    (bbox.min[0] + bbox.max[0]) / 2,
    (bbox.min[1] + bbox.max[1]) / 2,
    (bbox.min[2] + bbox.max[2]) / 2,
  ];
  let volume = 0;
  let area = 0;
  for (let t = 0; t < mesh.triangles.length / 3; t++) {
    const [a, b, c] = cornersOf(mesh, t);
    const normal = cross(subtract(b, a), subtract(c, a));
    volume += dot(subtract(a, centre), normal) / 6;
    area += Math.sqrt(dot(normal, normal)) / 2;
  }
  return { volume, area, bbox };
};

export const boundBox = (positions: Float32Array): Box => {
  if (positions.length === 0) return { min: [0, 0, 0], max: [0, 0, 0], size: [0, 0, 0] };
  const min: [number, number, number] = [Infinity, Infinity, Infinity];
  const max: [number, number, number] = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < positions.length; i++) {
    const axis = (i % 3) as 0 | 1 | 2;
    const at = positions[i] as number;
    if (at < min[axis]) min[axis] = at;
    if (at > max[axis]) max[axis] = at;
  }
  return { min, max, size: [max[0] - min[0], max[1] - min[1], max[2] - min[2]] };
};

const cornersOf = (mesh: Mesh, t: number): [Vector, Vector, Vector] => [
  pointOf(mesh, mesh.triangles[3 * t] as number),
  pointOf(mesh, mesh.triangles[3 * t + 1] as number),
  pointOf(mesh, mesh.triangles[3 * t + 2] as number),
];

const pointOf = ({ positions }: Mesh, v: number): Vector => [
  positions[3 * v] as number,
  positions[3 * v + 1] as number,
  positions[3 * v + 2] as number,
];
