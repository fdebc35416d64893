import { box, circle, cylinder, difference, extrude, move, type Node, paintWalls, turn } from '../program.ts';
import { invalid } from '../quantities.ts';
import { type Reader, showLength } from '../reader.ts';
import type { Kit } from '../thing.ts';

export interface Body {
  readonly node: Node;
  readonly size: readonly [number, number, number];
  /** a flat thing: four holes go to its corners */
  readonly flat?: boolean;
  /** around z */
  readonly round?: boolean;
}

/** Drills what the prompt says: how many, how wide, where, how deep. */
export function drill(reader: Reader, kit: Kit, body: Body): Node {
  const cutters = reader.each('hole').flatMap((hole) => cuttersOf(hole, kit, body));
  return difference(body.node, ...cutters);
}

type Axis = 0 | 1 | 2;

function cuttersOf(hole: Reader, kit: Kit, body: Body): Node[] {
  const count = hole.number ?? (hole.flag('some') ? 3 : hole.flag('corners') ? 4 : 1);
  if (count === 0) return [];
  const axis: Axis = hole.flag('sideways', 'lengthwise') ? 0 : hole.flag('frontways') ? 1 : 2;
  const [u, v] = ([0, 1, 2] as const).filter((other) => other !== axis).map((other) => body.size[other]) as [
    number,
    number,
  ];
  const through = body.size[axis];
  const usual = Math.min(Math.min(u, v) / (count > 1 ? 6 : 3), u / (2 * count)) * hole.factor('all', 'width');
  const width = hole.diameter('', 'inner') ?? hole.length('size', 'width', 'across', 'side') ?? usual;
  const depth = hole.length('depth');
  if (width >= Math.min(u, v))
    throw invalid('hole', showLength(width), `does not fit in ${showLength(Math.min(u, v))}`);
  if (depth !== undefined && depth > through) {
    throw invalid('depth of the hole', showLength(depth), `is more than ${showLength(through)}`);
  }
  hole.flag('through');
  hole.say(
    hole.phrase.words,
    `${count} hole(s) ${showLength(width)} wide ${depth ? `and ${showLength(depth)} deep` : 'through'} along ${'xyz'[axis]}`,
  );
  const cutter = paintWalls(hole.look(), cutterOf(hole, kit, width, through, depth));
  const spread = { count, width, u, v, flat: body.flat === true, round: body.round === true };
  const places = placesOf(hole, spread);
  return places.map(([a, b]) => place(cutter, axis, [a, b], body.size));
}

/** Along z, its lower end at `bottom` of the hole; longer than what it cuts, so that no skin is left. */
function cutterOf(hole: Reader, kit: Kit, width: number, through: number, depth?: number): Node {
  const over = through * 0.1;
  const length = depth === undefined ? through + 2 * over : depth + over;
  const start = depth === undefined ? -over : through - depth;
  const shape = hole.flag('square')
    ? box(width, width, length)
    : hole.flag('sides-6')
      ? extrude(circle(width / Math.sqrt(3), 6), length)
      : cylinder(width / 2, length, kit.n);
  hole.flag('round');
  return move(0, 0, start, shape);
}

function place(cutter: Node, axis: Axis, [a, b]: readonly [number, number], size: Body['size']): Node {
  if (axis === 2) return move(a, b, 0, cutter);
  // The cutter stands on z = 0; laid down it reaches from there to one side, and must come to the middle.
  if (axis === 0) return move(-size[0] / 2, a, size[2] / 2 + b, turn(0, 90, 0, cutter));
  return move(a, -size[1] / 2, size[2] / 2 + b, turn(-90, 0, 0, cutter));
}

interface Spread {
  readonly count: number;
  readonly width: number;
  readonly u: number;
  readonly v: number;
  readonly flat: boolean;
  readonly round: boolean;
}

function placesOf(hole: Reader, spread: Spread): (readonly [number, number])[] {
  const { count, width, u, v, flat, round } = spread;
  const corners = hole.flag('corners') !== undefined || (count === 4 && flat && !round);
  hole.flag('centre');
  if (corners && !round) {
    if (count > 4) throw invalid('number of holes', count, 'is more than there are corners');
    return cornerPlaces(width, u, v).slice(0, count);
  }
  if (count === 1) return [[0, 0]];
  if (round && count > 2) {
    const places = ring(count, Math.min(u, v) * 0.32);
    return checkApart(places, width, count);
  }
  const pitch = u / count;
  const row = Array.from({ length: count }, (_, i) => [(i - (count - 1) / 2) * pitch, 0] as const);
  return checkApart(row, width, count);
}

function cornerPlaces(width: number, u: number, v: number): (readonly [number, number])[] {
  const inset = width / 2 + Math.max(width / 2, 0.06 * Math.min(u, v));
  const [x, y] = [u / 2 - inset, v / 2 - inset];
  if (2 * x <= width || 2 * y <= width)
    throw invalid('hole', showLength(width), 'is too wide for four corners');
  return [
    [-x, -y],
    [x, -y],
    [x, y],
    [-x, y],
  ];
}

const ring = (count: number, radius: number): (readonly [number, number])[] => circle(radius, count);

function checkApart(places: (readonly [number, number])[], width: number, count: number) {
  const [a, b] = places;
  if (a && b && Math.hypot(a[0] - b[0], a[1] - b[1]) <= width * 1.001) {
    throw invalid('number of holes', count, `of ${showLength(width)} do not fit side by side`);
  }
  return places;
}
