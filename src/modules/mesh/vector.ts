/** x, y, z */
export type Vector = readonly [number, number, number];

export const add = (a: Vector, b: Vector): Vector => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
export const subtract = (a: Vector, b: Vector): Vector => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
export const scale = (a: Vector, by: number): Vector => [a[0] * by, a[1] * by, a[2] * by];
export const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
export const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
/** The zero vector stays zero. */
export const normalize = (a: Vector): Vector => scale(a, 1 / (Math.sqrt(dot(a, a)) || 1));

/** Unit vector by angles in degrees: azimuth from +X towards +Y, elevation above the horizon (Z up). */
export const direct = (azimuth: number, elevation: number): Vector => {
  const a = (azimuth * Math.PI) / 180;
  const e = (elevation * Math.PI) / 180;
  return [Math.cos(e) * Math.cos(a), Math.cos(e) * Math.sin(a), Math.sin(e)];
};

/** Two unit vectors that make a right-handed frame (first, second, axis) with a unit axis. */
export const spanPlane = (axis: Vector): [Vector, Vector] => {
  const aside: Vector = Math.abs(axis[2]) < 0.99 ? [0, 0, 1] : [0, 1, 0];
  const first = normalize(cross(aside, axis));
  return [first, cross(axis, first)];
};
