/** What is nearest at each sample of a raster; of two things the one with the greater `depth` is nearer. */
export interface ZBuffer {
  readonly width: number;
  readonly height: number;
  /** per sample, row by row from the top; −Infinity where nothing is */
  readonly depth: Float32Array;
  /** triangle per sample, −1 where nothing is; absent where only depth is wanted */
  readonly ids?: Int32Array;
}

export const createZBuffer = (width: number, height: number, withIds: boolean): ZBuffer => {
  const depth = new Float32Array(width * height).fill(-Infinity);
  return withIds
    ? { width, height, depth, ids: new Int32Array(width * height).fill(-1) }
    : { width, height, depth };
};

/**
 * Half-space rasterisation (Pineda 1988) with samples at pixel centres.
 * @param points per vertex: x right and y down in pixels, and a depth that is affine on the screen (1/z in perspective)
 * @param bothSides draw triangles seen from behind too, as a surface that is not closed needs it
 */
export const rasterize = (
  buffer: ZBuffer,
  points: Float32Array,
  triangles: Uint32Array,
  bothSides: boolean,
): void => {
  for (let t = 0; t < triangles.length / 3; t++) {
    const a = 3 * (triangles[3 * t] as number);
    const b = 3 * (triangles[3 * t + 1] as number);
    const c = 3 * (triangles[3 * t + 2] as number);
    const ux = (points[b] as number) - (points[a] as number);
    const uy = (points[b + 1] as number) - (points[a + 1] as number);
    const vx = (points[c] as number) - (points[a] as number);
    const vy = (points[c + 1] as number) - (points[a + 1] as number);
    const area = ux * vy - uy * vx; // negative where the outside is seen, as y runs down
    if (area < 0 || (area > 0 && bothSides)) drawTriangle(buffer, points, t, a, b, c, 1 / area);
  }
};

const drawTriangle = (
  { width, height, depth, ids }: ZBuffer,
  points: Float32Array,
  t: number,
  a: number,
  b: number,
  c: number,
  inverse: number,
): void => {
  const ax = points[a] as number;
  const ay = points[a + 1] as number;
  const bx = points[b] as number;
  const by = points[b + 1] as number;
  const cx = points[c] as number;
  const cy = points[c + 1] as number;
  const x0 = Math.max(0, Math.ceil(Math.min(ax, bx, cx) - 0.5));
  const x1 = Math.min(width - 1, Math.floor(Math.max(ax, bx, cx) - 0.5));
  const y0 = Math.max(0, Math.ceil(Math.min(ay, by, cy) - 0.5));
  const y1 = Math.min(height - 1, Math.floor(Math.max(ay, by, cy) - 0.5));
  if (x0 > x1 || y0 > y1) return;
  // Barycentric weights of b and c and their steps along x; the weight of a is what is left.
  const stepB = (cy - ay) * inverse;
  const stepC = (ay - by) * inverse;
  const za = points[a + 2] as number;
  const zb = (points[b + 2] as number) - za;
  const zc = (points[c + 2] as number) - za;
  for (let y = y0; y <= y1; y++) {
    const dy = y + 0.5 - ay;
    const dx = x0 + 0.5 - ax;
    let wb = (dx * (cy - ay) - dy * (cx - ax)) * inverse;
    let wc = (dy * (bx - ax) - dx * (by - ay)) * inverse;
    const row = y * width;
    let inside = false;
    for (let x = x0; x <= x1; x++) {
      if (wb >= 0 && wc >= 0 && wb + wc <= 1) {
        inside = true;
        const z = za + wb * zb + wc * zc;
        if (z > (depth[row + x] as number)) {
          depth[row + x] = z;
          if (ids !== undefined) ids[row + x] = t;
        }
      } else if (inside) break; // a triangle covers one run of a row
      wb += stepB;
      wc += stepC;
    }
  }
};
