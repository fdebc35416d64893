import { type Camera, pixelSize } from './camera.ts';
import type { RenderMesh } from './normals.ts';
import { interpolate, type SurfacePoint } from './surface-point.ts';
import type { ZBuffer } from './z-buffer.ts';

/** The distinct bits of surface seen in each pixel, so that light is computed once per bit and not once per sample. */
export interface SurfaceSamples {
  readonly count: number;
  /** triples: metres, Z up */
  readonly positions: Float32Array;
  /** unit triples, turned to the viewer */
  readonly normals: Float32Array;
  readonly materials: Uint16Array;
  /** how many of the pixel's samples show this bit */
  readonly weights: Uint8Array;
  /** pixel p owns the bits `starts[p]` … `starts[p + 1]` */
  readonly starts: Uint32Array;
}

const PER_PIXEL = 4;
const ALIKE = 0.994; // cosine between normals that may share their light within one pixel

/**
 * Gathers from a visibility buffer that is `side` times as fine as the picture.
 * @param camera the one that made the buffer, in its fine pixels
 * @param points what it projected the render vertices to
 */
export const gatherSamples = (
  buffer: ZBuffer,
  side: number,
  camera: Camera,
  points: Float32Array,
  render: RenderMesh,
): SurfaceSamples => {
  const width = buffer.width / side;
  const height = buffer.height / side;
  const bits = new Bits(PER_PIXEL * width * height, 1.5 * side * pixelSize(camera));
  const starts = new Uint32Array(width * height + 1);
  const found: SurfacePoint = { x: 0, y: 0, z: 0, nx: 0, ny: 0, nz: 0 };
  for (let pixel = 0; pixel < width * height; pixel++) {
    const left = (pixel % width) * side;
    const top = Math.trunc(pixel / width) * side;
    bits.openPixel();
    for (let sample = 0; sample < side * side; sample++) {
      const sx = left + (sample % side);
      const sy = top + Math.trunc(sample / side);
      const t = buffer.ids?.[sy * buffer.width + sx] ?? -1;
      if (t < 0 || bits.addKnown(t)) continue;
      interpolate(found, t, sx + 0.5, sy + 0.5, camera, points, render);
      bits.addFound(found, t, render.materialOf[t] as number);
    }
    starts[pixel + 1] = bits.count;
  }
  return { ...bits.finish(), starts };
};

/** Lists of bits; those of the open pixel are still joined by new samples. */
class Bits {
  count = 0;
  private opened = 0;
  private readonly positions: Float32Array;
  private readonly normals: Float32Array;
  private readonly materials: Uint16Array;
  private readonly weights: Uint8Array;
  private readonly triangles: Int32Array;
  private readonly near: number;

  constructor(capacity: number, near: number) {
    this.positions = new Float32Array(3 * capacity);
    this.normals = new Float32Array(3 * capacity);
    this.materials = new Uint16Array(capacity);
    this.weights = new Uint8Array(capacity);
    this.triangles = new Int32Array(capacity);
    this.near = near;
  }

  openPixel(): void {
    this.opened = this.count;
  }

  /** True if the triangle already has a bit in this pixel, which then takes the sample. */
  addKnown(t: number): boolean {
    for (let i = this.opened; i < this.count; i++) {
      if (this.triangles[i] !== t) continue;
      this.weights[i] = (this.weights[i] as number) + 1;
      return true;
    }
    return false;
  }

  /** Joins a bit of the same smooth surface, else opens a new one; a full pixel gives the sample to its last bit. */
  addFound(point: SurfacePoint, t: number, material: number): void {
    const full = this.count - this.opened >= PER_PIXEL;
    for (let i = this.opened; i < this.count; i++) {
      if (!(full && i === this.count - 1) && !this.isAlike(i, point, material)) continue;
      this.weights[i] = (this.weights[i] as number) + 1;
      return;
    }
    const i = this.count++;
    this.positions[3 * i] = point.x;
    this.positions[3 * i + 1] = point.y;
    this.positions[3 * i + 2] = point.z;
    this.normals[3 * i] = point.nx;
    this.normals[3 * i + 1] = point.ny;
    this.normals[3 * i + 2] = point.nz;
    this.materials[i] = material;
    this.triangles[i] = t;
    this.weights[i] = 1;
  }

  private isAlike(i: number, point: SurfacePoint, material: number): boolean {
    if (this.materials[i] !== material) return false;
    const nx = this.normals[3 * i] as number;
    const ny = this.normals[3 * i + 1] as number;
    const nz = this.normals[3 * i + 2] as number;
    if (nx * point.nx + ny * point.ny + nz * point.nz < ALIKE) return false;
    const dx = point.x - (this.positions[3 * i] as number);
    const dy = point.y - (this.positions[3 * i + 1] as number);
    const dz = point.z - (this.positions[3 * i + 2] as number);
    return Math.abs(nx * dx + ny * dy + nz * dz) < this.near; // else two parallel faces, one behind the other
  }

  finish(): Omit<SurfaceSamples, 'starts'> {
    return {
      count: this.count,
      positions: this.positions.subarray(0, 3 * this.count),
      normals: this.normals.subarray(0, 3 * this.count),
      materials: this.materials.subarray(0, this.count),
      weights: this.weights.subarray(0, this.count),
    };
  }
}
