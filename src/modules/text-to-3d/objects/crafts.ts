import type { Material } from '../../mesh/mesh.ts';
import { readExtents } from '../extents.ts';
import { colourOf, materialOf } from '../palette.ts';
import {
  box,
  cylinder,
  difference,
  extrude,
  intersection,
  move,
  type Node,
  paint,
  revolve,
  torus,
  turn,
  union,
  type Vec2,
} from '../program.ts';
import type { Reader } from '../reader.ts';
import type { Kit, Thing } from '../thing.ts';

const GLASS = { ...materialOf('glass'), color: [0.06, 0.13, 0.2] as const };
const _TYRE = materialOf('rubber');
const _RIM = materialOf('aluminium');

const rocket: Thing = {
  id: 'rocket',
  words: ['spaceship', 'space ship', 'spacecraft', 'rocket ship', 'missile'],
  parts: ['fin', 'window', 'nose'],
  build(reader, kit) {
    const fin = reader.part('fin');
    const count = reader.count(fin, kit.style === 'stylized' ? 3 : 4, 0, 12);
    const wide = count > 0 ? 1.5 : 0.72;
    const { size, stated } = readExtents(reader, {
      size: [wide, wide, 4],
      main: 2,
      lengthAxis: 2,
      round: true,
    });
    const [w, , h] = size;
    const body = reader.material(colourOf('white'));
    const red = colourOf('red');
    const r = w * (count > 0 ? 0.24 : 0.5);
    const shape = rocketProfile(r, h);
    const hullOf = revolve(kit.parts > 0 && kit.style !== 'low-poly' ? smooth(shape) : shape, kit.n);
    const nose = reader.part('nose');
    const tip = move(0, 0, h * 0.8, box(w, w, h));
    const fins = count > 0 ? [paint(fin?.material(red) ?? red, union(...finsOf(count, w, h, r)))] : [];
    const nozzle = paint(materialOf('iron'), cylinder(r * 0.62, h * 0.1, kit.n, r * 0.4));
    const point = paint(nose?.material(red) ?? red, intersection(hullOf, tip));
    const parts = [difference(hullOf, tip), point, ...fins, ...portholes(reader, kit, r, h), nozzle];
    return { node: paint(body, union(...parts)), stated, fit: size };
  },
};

const rocketProfile = (r: number, h: number): Vec2[] => [
  [0, h * 0.08],
  [r * 0.75, h * 0.08],
  [r * 0.95, h * 0.2],
  [r, h * 0.4],
  [r * 0.92, h * 0.62],
  [r * 0.7, h * 0.8],
  [r * 0.36, h * 0.93],
  [0, h],
];

function finsOf(count: number, w: number, h: number, r: number): Node[] {
  const outline: Vec2[] = [
    [0, 0],
    [w * 0.5, -h * 0.08],
    [w * 0.5, h * 0.06],
    [r * 0.4, h * 0.3],
    [0, h * 0.3],
  ];
  const upright = move(0, w * 0.015, h * 0.08, turn(90, 0, 0, extrude(outline, w * 0.03)));
  return Array.from({ length: count }, (_, i) => turn(0, 0, (360 * i) / count + 45, upright));
}

function portholes(reader: Reader, kit: Kit, r: number, h: number): Node[] {
  const window = reader.part('window');
  const count = reader.count(window, kit.parts > 0 ? 2 : 1, 0, 6);
  const rim = paint(materialOf('steel'), torus(r * 0.34, r * 0.09, kit.small, 16));
  const glass = paint(window?.material(GLASS) ?? GLASS, cylinder(r * 0.34, r * 0.14, kit.small));
  const one = turn(90, 0, 0, union(rim, glass));
  return Array.from({ length: count }, (_, i) => move(0, -r * 0.88, h * (0.62 - i * 0.16), one));
}

/** Points between the points of a profile, on a curve through them (Catmull–Rom). */
function smooth(points: readonly Vec2[]): Vec2[] {
  const out: Vec2[] = [];
  const at = (i: number): Vec2 => points[Math.max(0, Math.min(points.length - 1, i))] ?? [0, 0];
  for (let i = 0; i + 1 < points.length; i++) {
    const steps = i === 0 ? 1 : 4;
    for (let k = 0; k < steps; k++)
      out.push(curve(at(i === 1 ? 1 : i - 1), at(i), at(i + 1), at(i + 2), k / steps));
  }
  return [...out, at(points.length - 1)];
}

const curve = (a: Vec2, b: Vec2, c: Vec2, d: Vec2, t: number): Vec2 => {
  const on = (k: 0 | 1): number =>
    0.5 *
    (2 * b[k] +
      (c[k] - a[k]) * t +
      (2 * a[k] - 5 * b[k] + 4 * c[k] - d[k]) * t * t +
      (3 * b[k] - a[k] - 3 * c[k] + d[k]) * t ** 3);
  return [Math.max(0, on(0)), on(1)];
};

const boat: Thing = {
  id: 'boat',
  words: ['ship', 'sailboat', 'sailing boat', 'toy boat'],
  parts: ['sail', 'mast'],
  build(reader, kit) {
    const sail = reader.part('sail');
    const asked = sail !== undefined || /sail/.test(reader.name);
    const sails = reader.count(sail, asked ? 2 : 0, 0, 2);
    const { size, stated } = readExtents(reader, {
      size: [4, 1.5, sails > 0 ? 4.2 : 1.6],
      main: 0,
      widthAxis: 1,
    });
    const [l, w, h] = size;
    const deep = sails > 0 ? h * 0.2 : h * 0.5;
    reader.part('mast');
    const house = paint(
      colourOf('white'),
      move(-l * 0.12, 0, deep * 0.2, box(l * 0.3, w * 0.5, h - deep * 0.2)),
    );
    const above =
      sails > 0
        ? rigging(kit, sails, size, deep, sail?.material(colourOf('white')) ?? colourOf('white'))
        : [house];
    return {
      node: paint(reader.material(WOOD), union(boatHull(l, w, deep), ...above, ...thwarts(kit, l, w, deep))),
      stated,
      fit: size,
    };
  },
};

/** Benches across the hull: more of them the finer the detail. */
const thwarts = (kit: Kit, l: number, w: number, deep: number): Node[] =>
  [[], [0.25], [0.25, -0.36], [0.25, -0.36, 0.12]][kit.parts]?.map((x) =>
    move(x * l, 0, deep * 0.6, box(l * 0.06, w * 0.6, deep * 0.12)),
  ) ?? [];

/** A deck outline that narrows towards the keel, hollowed from above. */
function boatHull(l: number, w: number, deep: number): Node {
  const deck: Vec2[] = [
    [-l * 0.5, -w * 0.36],
    [-l * 0.1, -w * 0.5],
    [l * 0.25, -w * 0.4],
    [l * 0.5, 0],
    [l * 0.25, w * 0.4],
    [-l * 0.1, w * 0.5],
    [-l * 0.5, w * 0.36],
  ];
  const flip = (outline: readonly Vec2[], high: number, top: number): Node =>
    move(0, 0, high, turn(180, 0, 0, extrude(outline, high, top)));
  const room = deck.map(([x, y]) => [x * 0.86, y * 0.84] as const);
  return difference(flip(deck, deep, 0.72), move(0, 0, deep * 0.3, flip(room, deep * 0.71, 0.85)));
}

function rigging(
  kit: Kit,
  sails: number,
  [l, w, h]: readonly [number, number, number],
  deep: number,
  cloth: Material,
): Node[] {
  const mast = paint(WOOD, move(l * 0.02, 0, deep * 0.1, cylinder(l * 0.014, h - deep * 0.1, kit.small)));
  const main: Vec2[] = [
    [0, 0],
    [0, (h - deep) * 0.84],
    [-l * 0.4, 0],
  ];
  const jib: Vec2[] = [
    [0, 0],
    [l * 0.38, 0],
    [0, (h - deep) * 0.7],
  ];
  const hung = [main, jib]
    .slice(0, sails)
    .map((outline) => move(l * 0.02, w * 0.015, deep * 1.3, turn(90, 0, 0, extrude(outline, w * 0.03))));
  return [mast, paint(cloth, union(...hung))];
}

const WOOD = materialOf('wood');

export const CRAFTS: readonly Thing[] = [rocket, boat];
