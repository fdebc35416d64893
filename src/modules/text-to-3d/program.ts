import type { Material } from '../mesh/mesh.ts';

export type Vec2 = readonly [number, number];
export type Vec3 = readonly [number, number, number];

/** A solid as plain data, in metres, Z up. `n` is the number of segments around a full circle. */
export type Node =
  /** centred in x and y, standing on z = 0 */
  | { readonly op: 'box'; readonly size: Vec3; readonly round?: number; readonly n?: number }
  /** centred at the origin */
  | { readonly op: 'sphere'; readonly r: number; readonly n: number }
  /** around z, standing on z = 0 */
  | {
      readonly op: 'cylinder';
      readonly r1: number;
      readonly r2: number;
      readonly h: number;
      readonly n: number;
    }
  /** an outline (counter-clockwise) pulled up from z = 0; `top` scales it on the way, 0 ends in a point */
  | {
      readonly op: 'extrude';
      readonly outline: readonly Vec2[];
      readonly h: number;
      readonly top?: number;
      readonly twist?: number;
    }
  /** a profile of (radius, height) points turned around z */
  | { readonly op: 'revolve'; readonly profile: readonly Vec2[]; readonly n: number }
  | { readonly op: 'union' | 'difference' | 'intersection' | 'hull'; readonly of: readonly Node[] }
  | { readonly op: 'move' | 'scale'; readonly by: Vec3; readonly of: Node }
  /** degrees about x, then y, then z */
  | { readonly op: 'turn'; readonly by: Vec3; readonly of: Node }
  /** material of everything inside that has none of its own */
  | {
      readonly op: 'paint';
      readonly material: Material;
      readonly of: Node;
      /** of a cutter: the faces it leaves behind show it */
      readonly walls?: true;
    };

export interface Program {
  readonly unit: 'm';
  readonly root: Node;
}

export const box = (x: number, y: number, z: number, round = 0, n = 16): Node =>
  round > 0 ? { op: 'box', size: [x, y, z], round, n } : { op: 'box', size: [x, y, z] };
export const sphere = (r: number, n: number): Node => ({ op: 'sphere', r, n });
export const cylinder = (r: number, h: number, n: number, top = r): Node => ({
  op: 'cylinder',
  r1: r,
  r2: top,
  h,
  n,
});
export const extrude = (outline: readonly Vec2[], h: number, top?: number): Node =>
  top === undefined ? { op: 'extrude', outline, h } : { op: 'extrude', outline, h, top };
export const revolve = (profile: readonly Vec2[], n: number): Node => ({ op: 'revolve', profile, n });
export const union = (...of: readonly Node[]): Node => {
  const [only] = of;
  return of.length === 1 && only ? only : { op: 'union', of };
};
export const difference = (base: Node, ...cutters: readonly Node[]): Node =>
  cutters.length === 0 ? base : { op: 'difference', of: [base, ...cutters] };
export const intersection = (...of: readonly Node[]): Node => ({ op: 'intersection', of });
export const hull = (...of: readonly Node[]): Node => ({ op: 'hull', of });
export const move = (x: number, y: number, z: number, of: Node): Node =>
  x === 0 && y === 0 && z === 0 ? of : { op: 'move', by: [x, y, z], of };
export const turn = (x: number, y: number, z: number, of: Node): Node =>
  x === 0 && y === 0 && z === 0 ? of : { op: 'turn', by: [x, y, z], of };
export const scale = (x: number, y: number, z: number, of: Node): Node =>
  x === 1 && y === 1 && z === 1 ? of : { op: 'scale', by: [x, y, z], of };
export const paint = (material: Material, of: Node): Node => ({ op: 'paint', material, of });

/** A cutter that colours what it cuts. */
export const paintWalls = (material: Material | undefined, of: Node): Node =>
  material ? { op: 'paint', material, of, walls: true } : of;

export const torus = (major: number, minor: number, n: number, m: number): Node =>
  revolve(circle(minor, m, [major, 0]), n);

/** Points on a circle, counter-clockwise, the first on the x axis. */
export const circle = (r: number, n: number, at: Vec2 = [0, 0], start = 0): Vec2[] =>
  Array.from({ length: n }, (_, i) => {
    const angle = start + (i / n) * 2 * Math.PI;
    return [at[0] + r * cosine(angle), at[1] + r * sine(angle)] as const;
  });

/** Exact on the axes, so that a circle of 4k segments has exactly its diameter. */
const sine = (angle: number): number => snap(Math.sin(angle));
const cosine = (angle: number): number => snap(Math.cos(angle));
const snap = (value: number): number => (Math.abs(value) < 1e-15 ? 0 : value);

/** The children of a node, in order. */
export function childrenOf(node: Node): readonly Node[] {
  if (!('of' in node)) return [];
  return Array.isArray(node.of) ? (node.of as readonly Node[]) : [node.of as Node];
}
