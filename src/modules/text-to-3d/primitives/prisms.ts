import { readExtents } from '../extents.ts';
import {
  box,
  circle,
  cylinder,
  difference,
  extrude,
  move,
  type Node,
  paint,
  turn,
  union,
  type Vec2,
} from '../program.ts';
import { invalid } from '../quantities.ts';
import { type Reader, showLength } from '../reader.ts';
import type { Built, Kit, Thing } from '../thing.ts';
import { PLAIN } from './boxes.ts';
import { drill } from './holes.ts';

const NAMES: Readonly<Record<string, number>> = {
  triangular: 3,
  triangle: 3,
  pentagon: 5,
  hexagon: 6,
  heptagon: 7,
  octagon: 8,
};

/** Number of sides: "hexagonal", "6 sided", "with 6 sides", "octagon". */
function readSides(reader: Reader, usual: number): number {
  const said =
    [3, 5, 6, 7, 8].find((n) => reader.flag(`sides-${n}`)) ?? (reader.flag('square') ? 4 : undefined);
  const part = reader.part('side');
  const counted = part?.number ?? reader.countOf('side');
  const named = NAMES[reader.name] ?? NAMES[`${reader.name}`.replace(/s$/, '')];
  const sides = said ?? counted ?? named ?? usual;
  if (sides < 3 || sides > 64) throw invalid('number of sides', sides, 'must be 3 to 64');
  reader.flag('rectangular', 'regular', 'right', 'solid');
  return sides;
}

/** A regular polygon of an edge length; one with an even quarter lies square to the axes. */
const polygon = (sides: number, edge: number): Vec2[] => {
  const r = edge / (2 * Math.sin(Math.PI / sides));
  const start = sides === 4 ? Math.PI / 4 : sides === 3 ? -Math.PI / 6 : 0;
  return centred(circle(r, sides, [0, 0], start));
};

function centred(points: readonly Vec2[]): Vec2[] {
  const [lowX, highX, lowY, highY] = boundsOf(points);
  return points.map(([x, y]) => [x - (lowX + highX) / 2, y - (lowY + highY) / 2] as const);
}

function boundsOf(points: readonly Vec2[]): [number, number, number, number] {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  return [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
}

const areaOf = (sides: number, edge: number): number =>
  (sides * edge * edge) / (4 * Math.tan(Math.PI / sides));

/** Edge length of a regular polygon from its side, its radius or its width across corners. */
function readEdge(reader: Reader, sides: number, usual: number): { edge: number; said: boolean } {
  const side = reader.length('side', 'base side', 'base', 'base width', 'base size', 'side size');
  const across = reader.diameter('', 'base', 'outer') ?? reader.length('width', 'across');
  const fromAcross =
    across === undefined ? undefined : sides === 4 ? across : across * Math.sin(Math.PI / sides);
  const edge = side ?? fromAcross;
  return { edge: edge ?? usual * reader.factor('all', 'width', 'thickness'), said: edge !== undefined };
}

const prism: Thing = {
  id: 'prism',
  words: ['triangle', 'pentagon', 'hexagon', 'heptagon', 'octagon'],
  parts: ['hole', 'side'],
  build(reader, kit) {
    const sides = readSides(reader, 3);
    const { edge, said } = readEdge(reader, sides, 0.05);
    const height = reader.length('height', 'length', 'depth', 'thickness');
    const h = height ?? edge * (/prism/.test(reader.name) ? 2 : 0.4) * reader.factor('height', 'length');
    const outline = polygon(sides, edge);
    const [lowX, highX, lowY, highY] = boundsOf(outline);
    reader.say(reader.name, `prism of ${sides} sides of ${showLength(edge)}, ${showLength(h)} high`);
    const size = [highX - lowX, highY - lowY, h] as const;
    const node = drill(reader, kit, { node: extrude(outline, h), size, round: true });
    const whole = reader.phrase.parts.every((part) => part.noun.id !== 'hole');
    return {
      node: paint(reader.material(PLAIN), node),
      stated: said ? [size[0], size[1], height] : [undefined, undefined, height],
      ...(whole ? { volume: areaOf(sides, edge) * h } : {}),
    };
  },
};

const pyramid: Thing = {
  id: 'pyramid',
  words: ['square pyramid', 'tetrahedron'],
  parts: ['side'],
  build(reader) {
    const sides = readSides(reader, /tetra/.test(reader.name) ? 3 : 4);
    const base = reader.lengths('base') ?? reader.lengths('dims');
    if (sides === 4 && base && base.length > 1) return boxPyramid(reader, base);
    const { edge, said } = readEdge(reader, sides, 0.1);
    const height = reader.length('height', 'size', 'length', 'depth');
    const regular = /tetra/.test(reader.name) ? edge * Math.sqrt(2 / 3) : edge * 0.8;
    const h = height ?? regular * reader.factor('height');
    const outline = polygon(sides, edge);
    const [lowX, highX, lowY, highY] = boundsOf(outline);
    reader.say(reader.name, `pyramid on ${sides} sides of ${showLength(edge)}, ${showLength(h)} high`);
    return {
      node: paint(reader.material(PLAIN), apexed(outline, h, sides)),
      stated: said ? [highX - lowX, highY - lowY, height] : [undefined, undefined, height],
      volume: (areaOf(sides, edge) * h) / 3,
    };
  },
};

/** A polygon shrunk to a point shrinks to the origin, so the apex is over the centroid only where that is there. */
function apexed(outline: readonly Vec2[], h: number, sides: number): Node {
  const x = outline.reduce((sum, point) => sum + point[0], 0) / sides;
  const y = outline.reduce((sum, point) => sum + point[1], 0) / sides;
  const around = outline.map(([a, b]) => [a - x, b - y] as const);
  return move(x, y, 0, extrude(around, h, 0));
}

function boxPyramid(reader: Reader, base: readonly number[]): Built {
  const [x = 0, y = x, z] = base;
  const height = z ?? reader.length('height');
  const h = height ?? Math.max(x, y) * 0.8;
  reader.say(reader.name, `pyramid on ${showLength(x)} × ${showLength(y)}, ${showLength(h)} high`);
  const outline: Vec2[] = [
    [-x / 2, -y / 2],
    [x / 2, -y / 2],
    [x / 2, y / 2],
    [-x / 2, y / 2],
  ];
  return {
    node: paint(reader.material(PLAIN), extrude(outline, h, 0)),
    stated: [x, y, height],
    volume: (x * y * h) / 3,
  };
}

const wedge: Thing = {
  id: 'wedge',
  words: ['ramp', 'doorstop'],
  build(reader) {
    reader.flag('solid', 'right', 'sides-3');
    const { size, stated } = readExtents(reader, {
      size: [0.1, 0.06, 0.05],
      lengthAxis: 0,
      widthAxis: 1,
      thicknessAxis: 2,
    });
    const [x, y, z] = size;
    const side: Vec2[] = [
      [-x / 2, 0],
      [x / 2, 0],
      [x / 2, z],
    ];
    // Drawn upright in x and z, then pulled along y.
    const node = move(0, y / 2, 0, turn(90, 0, 0, extrude(side, y)));
    return { node: paint(reader.material(PLAIN), node), stated, volume: (x * y * z) / 2 };
  },
};

const bracket: Thing = {
  id: 'L bracket',
  words: ['l bracket', 'l shape', 'angle bracket', 'l shaped bracket', 'corner bracket', 'bracket'],
  parts: ['plate', 'arm', 'hole'],
  build(reader, kit) {
    reader.flag('right-angle', 'solid');
    const plate = reader.part('plate') ?? reader.part('arm');
    reader.count(plate, 2, 2, 2);
    plate?.flag('right-angle');
    const each = plate?.lengths('dims');
    const thick = plate?.length('thickness') ?? reader.length('thickness') ?? each?.[2];
    const extents = each
      ? undefined
      : readExtents(reader, { size: [0.06, 0.04, 0.06], lengthAxis: 0, widthAxis: 1 });
    const [x = 0.06, y = 0.04] = each ?? extents?.size ?? [];
    const z = extents?.size[2] ?? x;
    const t = thick ?? Math.min(x, z) / 8;
    if (t >= Math.min(x, z))
      throw invalid('thickness', showLength(t), `is not less than ${showLength(Math.min(x, z))}`);
    reader.say(
      reader.name,
      `two plates ${showLength(t)} thick that share an edge: ${showLength(x)} long, ${showLength(z)} high, ${showLength(y)} wide`,
    );
    const angle = union(box(x, y, t), move(-x / 2 + t / 2, 0, 0, box(t, y, z)));
    const node = drillPlates(reader, kit, angle, { x, y, z, t });
    const stated = extents?.stated ?? [x, y, z];
    const whole = reader.phrase.parts.every((part) => part.noun.id !== 'hole');
    const volume = y * t * (x + z - t);
    return { node: paint(reader.material(PLAIN), node), stated, ...(whole ? { volume } : {}) };
  },
};

interface Plates {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly t: number;
}

/** The first half of the holes goes through the lying plate, the rest through the standing one. */
function drillPlates(reader: Reader, kit: Kit, angle: Node, { x, y, z, t }: Plates): Node {
  const hole = reader.part('hole');
  const count = reader.count(hole, hole ? 2 : 0, 0, 20);
  if (count === 0) return angle;
  const wide = hole?.diameter('') ?? hole?.length('size', 'width') ?? y / 5;
  hole?.flag('centre', 'through', 'round');
  const lying = Math.ceil(count / 2);
  const rows = Math.max(lying, count - lying);
  const free = Math.min(x, z) - t;
  if (wide >= y || wide * rows >= free)
    throw invalid('hole', showLength(wide), `does not fit ${count} times`);
  const bit = cylinder(wide / 2, 3 * t, kit.n);
  const at = (i: number, of: number, long: number): number => t + ((i + 0.5) * (long - t)) / of;
  const down = Array.from({ length: lying }, (_, i) => move(-x / 2 + at(i, lying, x), 0, -t, bit));
  const back = Array.from({ length: count - lying }, (_, i) =>
    move(-x / 2 - t, 0, at(i, count - lying, z), turn(0, 90, 0, bit)),
  );
  return difference(angle, ...down, ...back);
}

const stairs: Thing = {
  id: 'staircase',
  words: ['stairs', 'stair', 'flight of stairs', 'stairway', 'flight of steps', 'steps'],
  parts: ['step'],
  build(reader) {
    reader.flag('solid', 'straight');
    const step = reader.part('step');
    const count = reader.count(step, 8, 1, 200);
    const run = step?.length('depth', 'length');
    const rise = step?.length('height', 'thickness');
    const stepWide = step?.length('width');
    const usual: [number, number, number] = [stepWide ?? 0.9, (run ?? 0.28) * count, (rise ?? 0.17) * count];
    const { size, stated } = readExtents(reader, { size: usual, lengthAxis: 1, loose: true });
    const said = [
      stepWide ?? stated[0],
      run ? run * count : stated[1],
      rise ? rise * count : stated[2],
    ] as const;
    const [x = 0.9, y = 1, z = 1] = said.map((value, axis) => value ?? size[axis] ?? 1);
    reader.say(
      'steps',
      `${count} steps, each ${showLength(y / count)} deep and ${showLength(z / count)} high`,
    );
    const outline: Vec2[] = [[y / 2, 0]];
    for (let i = count - 1; i >= 0; i--) {
      outline.push([-y / 2 + ((i + 1) * y) / count, ((i + 1) * z) / count]);
      outline.push([-y / 2 + (i * y) / count, ((i + 1) * z) / count]);
    }
    outline.push([-y / 2, 0]);
    // Drawn in depth and height, pulled along the width.
    const node = move(-x / 2, 0, 0, turn(90, 0, 90, extrude(outline, x)));
    return {
      node: paint(reader.material(PLAIN), node),
      stated: said,
      volume: (x * y * z * (count + 1)) / (2 * count),
    };
  },
};

export const PRISMS: readonly Thing[] = [prism, pyramid, wedge, bracket, stairs];
