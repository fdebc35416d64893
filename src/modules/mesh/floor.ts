import type { Casters, Receivers } from './lights.ts';

/** A patch of ground under the mesh, lit like everything else, that tells how dark its shadow is. */
export interface Floor {
  /** height of the plane, metres */
  readonly level: number;
  /** middle of the patch and half its side, metres */
  readonly x: number;
  readonly y: number;
  readonly reach: number;
}

const SIDE = 144; // points along one side

export const placeFloor = ({ positions, centre, radius }: Casters): Floor => {
  let level = Infinity;
  for (let i = 2; i < positions.length; i += 3) level = Math.min(level, positions[i] as number);
  return { level, x: centre[0], y: centre[1], reach: 2.6 * radius };
};

/** Appends the patch's points, facing up, behind the first `at` receivers. */
export const layFloor = (floor: Floor, receivers: Receivers, at: number): void => {
  for (let i = 0; i < FLOOR_POINTS; i++) {
    const x = floor.x + floor.reach * ((2 * (i % SIDE)) / (SIDE - 1) - 1);
    const y = floor.y + floor.reach * ((2 * Math.trunc(i / SIDE)) / (SIDE - 1) - 1);
    const to = 3 * (at + i);
    receivers.positions[to] = x;
    receivers.positions[to + 1] = y;
    receivers.positions[to + 2] = floor.level;
    receivers.normals[to + 2] = 1;
  }
};

export const FLOOR_POINTS = SIDE * SIDE;

/**
 * Light that arrives, as a share of what an empty floor gets: 1 in the open, less in the shadow. Bright places are
 * smoothed more, which hides that the sky is a few dozen directions and leaves the contact shadow crisp.
 */
export const readShadow = ({ key, sky }: Receivers, at: number): Float32Array => {
  const arriving = (i: number): number => (key[i] as number) + (sky[i] as number);
  const empty = arriving(at); // a corner, far outside any shadow
  const raw = Float32Array.from({ length: FLOOR_POINTS }, (_, i) => arriving(at + i) / empty);
  const fine = smooth(raw);
  let wide = fine;
  for (let pass = 0; pass < 10; pass++) wide = smooth(wide);
  return fine.map((value, i) => {
    const bright = Math.min(1, Math.max(0, (value - 0.4) / 0.4));
    return value + bright * ((wide[i] as number) - value);
  });
};

/** Mean of 3×3 points; the rim counts as empty. */
const smooth = (from: Float32Array): Float32Array => {
  const to = new Float32Array(FLOOR_POINTS).fill(1);
  for (let y = 1; y < SIDE - 1; y++) {
    for (let i = y * SIDE + 1; i < (y + 1) * SIDE - 1; i++) to[i] = sumRow(from, i - SIDE, i, i + SIDE) / 9;
  }
  return to;
};

const sumRow = (from: Float32Array, above: number, on: number, below: number): number => {
  let sum = 0;
  for (let k = -1; k <= 1; k++) {
    sum += (from[above + k] as number) + (from[on + k] as number) + (from[below + k] as number);
  }
  return sum;
};

/** Bilinear; 1 outside the patch, fading towards its rim. */
export const shadowAt = (floor: Floor, shadow: Float32Array, px: number, py: number): number => {
  const dx = (px - floor.x) / floor.reach;
  const dy = (py - floor.y) / floor.reach;
  const rim = Math.sqrt(dx * dx + dy * dy);
  if (rim >= 0.98) return 1;
  const x = ((dx + 1) / 2) * (SIDE - 1);
  const y = ((dy + 1) / 2) * (SIDE - 1);
  const at = Math.trunc(y) * SIDE + Math.trunc(x);
  const fx = x - Math.trunc(x);
  const fy = y - Math.trunc(y);
  const top = (shadow[at] as number) * (1 - fx) + (shadow[at + 1] as number) * fx;
  const low = (shadow[at + SIDE] as number) * (1 - fx) + (shadow[at + SIDE + 1] as number) * fx;
  const value = top * (1 - fy) + low * fy;
  const fade = Math.min(1, (0.98 - rim) / 0.3);
  return 1 + (value - 1) * fade;
};
