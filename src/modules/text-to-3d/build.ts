import Module, { type Manifold, type ManifoldToplevel } from 'manifold-3d';
import { repeatsVertex } from '../mesh/edges.ts';
import type { Material, Mesh } from '../mesh/mesh.ts';
import { checkTopology } from '../mesh/topology.ts';
import { weldMesh } from '../mesh/weld.ts';
import { childrenOf, type Node, type Vec3 } from './program.ts';

export interface Box {
  readonly min: Vec3;
  readonly max: Vec3;
}

export interface Solid {
  readonly manifold: Manifold;
  readonly box: Box;
}

let loading: Promise<ManifoldToplevel> | undefined;

/** The kernel is loaded once per process. */
export function loadKernel(): Promise<ManifoldToplevel> {
  loading ??= Module().then((kernel) => {
    kernel.setup();
    return kernel;
  });
  return loading;
}

/** Shares of the extent below which a feature is a seam and not a form. */
const SEAMS = [1e-7, 1e-6, 1e-5];

const PLAIN: Material = { name: 'plain', color: [0.6, 0.6, 0.6], metallic: 0, roughness: 0.6 };

/** Turns nodes into solids. It owns every solid it makes: call `dispose` when done, since WASM memory is not collected. */
export class Workshop {
  private readonly made: Manifold[] = [];
  private readonly known = new Map<Node, Map<Material, Manifold>>();
  private readonly materialOf = new Map<number, Material>();
  private readonly kernel: ManifoldToplevel;
  private readonly signal: AbortSignal;

  constructor(kernel: ManifoldToplevel, signal: AbortSignal) {
    this.kernel = kernel;
    this.signal = signal;
  }

  build(node: Node): Solid {
    const manifold = this.evaluate(node, PLAIN);
    const { min, max } = manifold.boundingBox();
    return { manifold, box: { min, max } };
  }

  /**
   * The solid as a mesh in single precision. There faces a rounding error apart can fall together into seams that are no
   * 2-manifold; then features of that size are smoothed away first.
   */
  mesh({ manifold, box }: Solid): Mesh {
    const extent = Math.max(...[0, 1, 2].map((axis) => (box.max[axis] ?? 0) - (box.min[axis] ?? 0)));
    let mesh = toMesh(manifold, this.materialOf);
    for (const share of SEAMS) {
      if (checkTopology(mesh).closed) return mesh;
      mesh = toMesh(this.keep(manifold.simplify(share * extent)), this.materialOf);
    }
    return checkTopology(mesh).closed ? mesh : toMesh(manifold, this.materialOf, partTwins);
  }

  dispose(): void {
    for (const manifold of this.made) manifold.delete();
    this.made.length = 0;
    this.known.clear();
  }

  private keep(manifold: Manifold): Manifold {
    this.made.push(manifold);
    return manifold;
  }

  private evaluate(node: Node, material: Material): Manifold {
    const earlier = this.known.get(node)?.get(material);
    if (earlier) return earlier;
    this.signal.throwIfAborted();
    const manifold = this.make(node, material);
    const status = manifold.status();
    if (status !== 'NoError') throw new Error(`the geometry kernel refused ${node.op}: ${status}`);
    const known = this.known.get(node) ?? new Map<Material, Manifold>();
    this.known.set(node, known.set(material, manifold));
    return manifold;
  }

  private make(node: Node, material: Material): Manifold {
    const { Manifold } = this.kernel;
    switch (node.op) {
      case 'paint':
        return this.evaluate(node.of, node.material);
      case 'move':
        return this.keep(this.evaluate(node.of, material).translate(node.by));
      case 'turn':
        return this.keep(this.evaluate(node.of, material).rotate(node.by));
      case 'scale':
        return this.keep(this.evaluate(node.of, material).scale(node.by));
      case 'union':
        return this.keep(Manifold.union(node.of.map((child) => this.evaluate(child, material))));
      case 'intersection':
        return this.keep(Manifold.intersection(node.of.map((child) => this.evaluate(child, material))));
      case 'hull':
        return this.original(Manifold.hull(node.of.map((child) => this.evaluate(child, material))), material);
      case 'difference':
        return this.cut(node.of, material);
      default:
        return this.original(this.shape(node), material);
    }
  }

  /** What a cutter leaves behind shows the material of what was cut. */
  private cut(of: readonly Node[], material: Material): Manifold {
    const [base, ...cutters] = of;
    if (!base) throw new Error('a difference of nothing');
    const inner = firstMaterial(base) ?? material;
    const solids = cutters.map((cutter) => this.evaluate(stripPaint(cutter), inner));
    return this.keep(this.kernel.Manifold.difference([this.evaluate(base, material), ...solids]));
  }

  private original(manifold: Manifold, material: Material): Manifold {
    this.keep(manifold);
    const marked = this.keep(manifold.asOriginal());
    this.materialOf.set(marked.originalID(), material);
    return marked;
  }

  private shape(node: Node): Manifold {
    const { Manifold } = this.kernel;
    switch (node.op) {
      case 'box':
        return this.boxOf(node.size, node.round ?? 0, node.n ?? 16);
      case 'sphere':
        return Manifold.sphere(node.r, node.n);
      case 'cylinder':
        return Manifold.cylinder(node.h, node.r1, node.r2, node.n);
      case 'extrude':
        return Manifold.extrude(node.outline.map(toPair), node.h, ...extrusion(node.twist, node.top));
      case 'revolve':
        return Manifold.revolve(node.profile.map(toPair), node.n);
      default:
        throw new Error(`${node.op} is not a shape`);
    }
  }

  private boxOf(size: Vec3, round: number, n: number): Manifold {
    const [x, y, z] = size;
    const { Manifold } = this.kernel;
    if (round <= 0) return this.keep(Manifold.cube([x, y, z])).translate([-x / 2, -y / 2, 0]);
    const r = Math.min(round, x / 2, y / 2, z / 2) * 0.999;
    const ball = this.keep(Manifold.sphere(r, n));
    const corners = [-1, 1].flatMap((i) =>
      [-1, 1].flatMap((j) =>
        [r, z - r].map((h) => this.keep(ball.translate([i * (x / 2 - r), j * (y / 2 - r), h]))),
      ),
    );
    return Manifold.hull(corners);
  }
}

const toPair = (point: readonly [number, number]): [number, number] => [point[0], point[1]];

function extrusion(twist = 0, top = 1): [number, number, [number, number]] {
  return [twist === 0 ? 0 : Math.ceil(Math.abs(twist) / 6), twist, [top, top]];
}

function firstMaterial(node: Node): Material | undefined {
  if (node.op === 'paint') return firstMaterial(node.of) ?? node.material;
  for (const child of childrenOf(node)) {
    const found = firstMaterial(child);
    if (found) return found;
  }
  return undefined;
}

function stripPaint(node: Node): Node {
  if (node.op === 'paint') return node.walls ? { ...node, of: stripPaint(node.of) } : stripPaint(node.of);
  if (!('of' in node)) return node;
  switch (node.op) {
    case 'move':
    case 'scale':
      return { ...node, of: stripPaint(node.of) };
    case 'turn':
      return { ...node, of: stripPaint(node.of) };
    default:
      return { ...node, of: node.of.map(stripPaint) };
  }
}

/** Reads the kernel's runs back as one material per triangle, and welds what single precision made equal. */
function toMesh(
  manifold: Manifold,
  materialOf: ReadonlyMap<number, Material>,
  place: (positions: Float32Array) => Float32Array = (positions) => positions,
): Mesh {
  const raw = manifold.getMesh();
  const materials: Material[] = [];
  const paints = new Uint16Array(raw.triVerts.length / 3);
  for (let run = 0; run < raw.runOriginalID.length; run++) {
    const material = materialOf.get(raw.runOriginalID[run] ?? -1) ?? PLAIN;
    let slot = materials.findIndex((known) => sameMaterial(known, material));
    if (slot < 0) slot = materials.push(material) - 1;
    const end = raw.runIndex[run + 1] ?? raw.triVerts.length;
    paints.fill(slot, (raw.runIndex[run] ?? 0) / 3, end / 3);
  }
  const soup = {
    positions: place(raw.vertProperties),
    triangles: raw.triVerts,
    materialOf: paints,
    materials,
  };
  return dropCollapsed(weldMesh(soup));
}

/** Vertices that the kernel keeps apart and single precision puts in one place move on by the smallest step there is. */
function partTwins(vertices: Float32Array): Float32Array {
  const positions = vertices.map((value) => value + 0);
  const bits = new Int32Array(positions.buffer);
  const seen = new Set<string>();
  for (let i = 0; i < positions.length; i += 3) {
    const key = (): string => `${positions[i]},${positions[i + 1]},${positions[i + 2]}`;
    while (seen.has(key())) {
      if (positions[i] === 0) positions[i] = 1e-12;
      else bits[i] = (bits[i] ?? 0) + 1;
    }
    seen.add(key());
  }
  return positions;
}

const sameMaterial = (a: Material, b: Material): boolean =>
  a.name === b.name &&
  a.metallic === b.metallic &&
  a.roughness === b.roughness &&
  a.color.every((value, i) => value === b.color[i]);

/** Triangles that welding folded into a line have no area and no neighbours of their own. */
function dropCollapsed(mesh: Mesh): Mesh {
  const kept: number[] = [];
  for (let t = 0; t < mesh.materialOf.length; t++) if (!repeatsVertex(mesh.triangles, t)) kept.push(t);
  if (kept.length === mesh.materialOf.length) return mesh;
  return {
    ...mesh,
    triangles: Uint32Array.from(kept.flatMap((t) => [...mesh.triangles.subarray(3 * t, 3 * t + 3)])),
    materialOf: Uint16Array.from(kept, (t) => mesh.materialOf[t] ?? 0),
  };
}
