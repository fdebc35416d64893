import { box, cylinder, move, type Node, union } from '../program.ts';
import type { Kit } from '../thing.ts';

/** Bevel of an edge, only where the detail shows it. */
export const bevel = (kit: Kit, size: number): number =>
  kit.style === 'stylized' ? size * 2 : kit.parts >= 2 ? size : 0;

export interface LegSpec {
  readonly count: number;
  /** outline that the feet stand in */
  readonly width: number;
  readonly depth: number;
  readonly height: number;
  readonly thick: number;
  readonly round: boolean;
  /** thickness of the foot, as a share of the top's */
  readonly taper?: number;
}

/** Legs from the ground up: four at the corners, two in the middle of the ends, one in the middle, else around. */
export function legs(kit: Kit, spec: LegSpec): Node {
  const { height, thick, round, taper = 1 } = spec;
  const one = round ? cylinder((thick / 2) * taper, height, kit.small, thick / 2) : box(thick, thick, height);
  return union(...legPlaces(spec).map(([x, y]) => move(x, y, 0, one)));
}

function legPlaces({ count, width, depth, thick }: LegSpec): (readonly [number, number])[] {
  const [x, y] = [(width - thick) / 2, (depth - thick) / 2];
  if (count === 1) return [[0, 0]];
  if (count === 2)
    return [
      [-x, 0],
      [x, 0],
    ];
  if (count === 3)
    return [
      [-x, -y],
      [x, -y],
      [0, y],
    ];
  if (count === 4)
    return [
      [-x, -y],
      [x, -y],
      [x, y],
      [-x, y],
    ];
  if (count % 2 === 0) {
    const pairs = count / 2;
    return Array.from({ length: pairs }, (_, i) => -x + (2 * x * i) / (pairs - 1)).flatMap(
      (at) =>
        [
          [at, -y],
          [at, y],
        ] as const,
    );
  }
  return Array.from({ length: count }, (_, i) => {
    const angle = (2 * Math.PI * i) / count - Math.PI / 2;
    return [x * Math.cos(angle), y * Math.sin(angle)] as const;
  });
}

/** `count` positions from −span/2 to span/2. */
export const spread = (count: number, span: number): number[] =>
  Array.from({ length: count }, (_, i) => (count === 1 ? 0 : -span / 2 + (span * i) / (count - 1)));
