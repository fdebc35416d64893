import type { Material } from '../../mesh/mesh.ts';
import { colourOf, materialOf } from '../palette.ts';
import { box, difference, move, type Node, paint, turn, union } from '../program.ts';
import type { Kit } from '../thing.ts';

const WHITE = colourOf('white');
const SHUTTER = materialOf('walnut');

interface Pane {
  readonly look: Material;
  readonly side: number;
  /** how far it stands out of the wall */
  readonly out: number;
  readonly at: readonly [x: number, y: number, z: number];
}

/** A window: glass alone, then a frame with bars, then a sill, then shutters; low-poly has no bars. */
export function windowOf(kit: Kit, { look, side, out, at: [x, y, z] }: Pane): Node[] {
  const glass = paint(look, move(x, y, z, box(side, out * 1.6, side)));
  if (kit.parts === 0) return [glass];
  const bar = side * 0.1;
  const ring = difference(
    box(side + bar, out * 2.4, side + bar),
    move(0, 0, bar, box(side - bar, out * 9, side - bar)),
  );
  const bars = [move(0, 0, side / 2, box(side, out * 2.2, bar * 0.6)), box(bar * 0.6, out * 2.2, side)];
  const frame = union(ring, ...(kit.style === 'low-poly' ? [] : bars));
  const sill = move(0, 0, -bar * 0.5, box(side * 1.25, out * 4.5, bar * 0.8));
  const shutter = box(side * 0.24, out * 2, side * 1.08);
  const shutters = [-1, 1].map((hand) =>
    move(x + hand * side * 0.66, y, z - bar / 2, paint(SHUTTER, shutter)),
  );
  return [
    glass,
    paint(WHITE, move(x, y, z - bar / 2, union(frame, ...(kit.parts > 1 ? [sill] : [])))),
    ...(kit.parts > 2 ? shutters : []),
  ];
}

interface Roof {
  readonly w: number;
  readonly d: number;
  readonly high: number;
  readonly at: number;
}

/** Courses of tiles on both slopes of a saddle roof, and its ridge: more of them the finer the detail. */
export function roofCourses(kit: Kit, { w, d, high, at }: Roof): Node[] {
  if (kit.parts < 2) return [];
  const count = (kit.parts - 1) * (kit.style === 'low-poly' ? 3 : 8);
  const angle = (Math.atan2(high, d / 2) * 180) / Math.PI;
  const long = Math.hypot(high, d / 2) / count;
  const thick = high * 0.02;
  const course = move(0, 0, -thick / 2, box(w * 0.998, long * 0.45, thick));
  return [-1, 1].flatMap((side) =>
    Array.from({ length: count }, (_, i) => {
      const up = (i + 0.5) / count;
      return move(0, (side * d * (1 - up)) / 2, at + high * up, turn(-side * angle, 0, 0, course));
    }),
  );
}

/** Boards around a door. */
export function doorFrame(kit: Kit, wide: number, high: number, out: number): Node[] {
  if (kit.parts < 2) return [];
  const bar = wide * 0.1;
  const posts = [-1, 1].map((side) => move((side * (wide + bar)) / 2, 0, 0, box(bar, out * 3, high)));
  return [paint(WHITE, union(...posts, move(0, 0, high, box(wide + 2 * bar, out * 3, bar))))];
}
