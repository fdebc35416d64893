import type { Camera } from './camera.ts';
import type { RenderMesh } from './normals.ts';

/** A point of a surface and its unit normal, turned to the viewer. Mutable: one is reused for millions of samples. */
export interface SurfacePoint {
  x: number;
  y: number;
  z: number;
  nx: number;
  ny: number;
  nz: number;
}

/** Puts into `out` what triangle t shows at a point of the picture, with perspective-correct barycentric weights. */
export const interpolate = (
  out: SurfacePoint,
  t: number,
  x: number,
  y: number,
  camera: Camera,
  points: Float32Array,
  render: RenderMesh,
): void => {
  const a = 3 * (render.triangles[3 * t] as number);
  const b = 3 * (render.triangles[3 * t + 1] as number);
  const c = 3 * (render.triangles[3 * t + 2] as number);
  const ax = points[a] as number;
  const ay = points[a + 1] as number;
  const ux = (points[b] as number) - ax;
  const uy = (points[b + 1] as number) - ay;
  const vx = (points[c] as number) - ax;
  const vy = (points[c + 1] as number) - ay;
  const area = ux * vy - uy * vx;
  let wb = ((x - ax) * vy - (y - ay) * vx) / area;
  let wc = ((y - ay) * ux - (x - ax) * uy) / area;
  let wa = 1 - wb - wc;
  if (camera.perspective) {
    wa *= points[a + 2] as number;
    wb *= points[b + 2] as number;
    wc *= points[c + 2] as number;
    const sum = wa + wb + wc;
    wa /= sum;
    wb /= sum;
    wc /= sum;
  }
  blend(out, render, a, b, c, wa, wb, wc);
  // y runs down on the picture, so a face that shows its outside has negative area there.
  if (area > 0) turnRound(out);
};

const blend = (
  out: SurfacePoint,
  { positions, normals }: RenderMesh,
  a: number,
  b: number,
  c: number,
  wa: number,
  wb: number,
  wc: number,
): void => {
  out.x = mix(positions, a, b, c, wa, wb, wc);
  out.y = mix(positions, a + 1, b + 1, c + 1, wa, wb, wc);
  out.z = mix(positions, a + 2, b + 2, c + 2, wa, wb, wc);
  const nx = mix(normals, a, b, c, wa, wb, wc);
  const ny = mix(normals, a + 1, b + 1, c + 1, wa, wb, wc);
  const nz = mix(normals, a + 2, b + 2, c + 2, wa, wb, wc);
  const length = Math.sqrt(nx * nx + ny * ny + nz * nz) || 1;
  out.nx = nx / length;
  out.ny = ny / length;
  out.nz = nz / length;
};

const mix = (
  from: Float32Array,
  a: number,
  b: number,
  c: number,
  wa: number,
  wb: number,
  wc: number,
): number => wa * (from[a] as number) + wb * (from[b] as number) + wc * (from[c] as number);

const turnRound = (out: SurfacePoint): void => {
  out.nx = -out.nx;
  out.ny = -out.ny;
  out.nz = -out.nz;
};
