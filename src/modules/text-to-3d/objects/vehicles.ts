import type { Material } from '../../mesh/mesh.ts';
import { readExtents } from '../extents.ts';
import { colourOf, materialOf } from '../palette.ts';
import {
  box,
  cylinder,
  difference,
  extrude,
  hull,
  move,
  type Node,
  paint,
  scale,
  sphere,
  turn,
  union,
  type Vec2,
} from '../program.ts';
import type { Reader } from '../reader.ts';
import type { Kit, Thing } from '../thing.ts';
import { spread } from './parts.ts';

const GLASS = { ...materialOf('glass'), color: [0.06, 0.13, 0.2] as const };
const TYRE = materialOf('rubber');
const RIM = materialOf('aluminium');

const car: Thing = {
  id: 'car',
  words: ['automobile', 'sports car', 'toy car', 'vehicle'],
  parts: ['wheel', 'window', 'door', 'roof'],
  build(reader, kit) {
    const { size, stated } = readExtents(reader, { size: [4.3, 1.8, 1.45], main: 0, widthAxis: 1 });
    const [l, w, h] = size;
    const paintwork = reader.material(colourOf('red'));
    const r = h * (kit.style === 'stylized' ? 0.28 : 0.235);
    const { chassis, cabin } = sideViews(/sports/.test(reader.name), l, h);
    const soft = kit.parts === 0 || kit.style === 'low-poly' ? 0 : w * 0.03;
    const window = reader.part('window');
    const glass = window?.material(GLASS) ?? GLASS;
    const arch = across(cylinder(r * 1.15, w * 0.5, kit.n), w * 0.5);
    const arches = wheelPlaces(reader, l).flatMap((x) =>
      [-1, 1].map((side) => move(x, (side * w) / 2, r, arch)),
    );
    const roof = reader.part('roof');
    reader.part('door');
    const parts = [
      difference(slab(chassis, w * 0.96, soft, kit), ...arches),
      paint(roof?.material(paintwork) ?? paintwork, slab(cabin, w * 0.8, soft, kit)),
      ...(window?.absent ? [] : [paint(glass, panes(cabin, w, h))]),
      ...wheels(reader, kit, [l, w, r]),
      ...(kit.parts > 0 ? lights(l, w, h, kit) : []),
    ];
    return { node: paint(paintwork, union(...parts)), stated, fit: size };
  },
};

function sideViews(sporty: boolean, l: number, h: number): { chassis: Vec2[]; cabin: Vec2[] } {
  const of = (shares: readonly Vec2[]): Vec2[] => shares.map(([x, z]) => [x * l, z * h] as const);
  const low: Vec2[] = [
    [-0.49, 0.2],
    [0.47, 0.2],
    [0.5, 0.34],
    [0.49, 0.5],
    [0.24, 0.6],
    [-0.46, 0.63],
    [-0.5, 0.5],
  ];
  const family: Vec2[] = [
    [-0.42, 0.58],
    [0.26, 0.56],
    [0.1, 1],
    [-0.3, 1],
  ];
  const sport: Vec2[] = [
    [-0.4, 0.58],
    [0.2, 0.56],
    [0.02, 1],
    [-0.16, 1],
  ];
  return { chassis: of(low), cabin: of(sporty ? sport : family) };
}

/** A side view in x and z, as wide as `wide` along y. */
function slab(outline: readonly Vec2[], wide: number, soft: number, kit: Kit): Node {
  if (soft <= 0) return move(0, wide / 2, 0, turn(90, 0, 0, extrude(outline, wide)));
  const ball = sphere(soft, Math.min(16, kit.small));
  const [cx, cz] = [0, 1].map(
    (k) => outline.reduce((sum, point) => sum + (point[k] ?? 0), 0) / outline.length,
  );
  const corners = outline.flatMap(([x, z]) =>
    [-1, 1].map((side) =>
      move(
        x + Math.sign((cx ?? 0) - x) * soft,
        side * (wide / 2 - soft),
        z + Math.sign((cz ?? 0) - z) * soft,
        ball,
      ),
    ),
  );
  return hull(...corners);
}

/** Side windows and wind screens: the cabin's outline shrunk, a little wider than the cabin. */
function panes(cabin: readonly Vec2[], w: number, h: number): Node {
  const low = h * 0.63;
  const cx = cabin.reduce((sum, [x]) => sum + x, 0) / cabin.length;
  const shrunk = cabin.map(([x, z]) => [cx + (x - cx) * 0.8, z > h * 0.8 ? h * 0.93 : low] as const);
  const side = move(0, w * 0.41, 0, turn(90, 0, 0, extrude(shrunk, w * 0.82)));
  const bar = move(cx, 0, h * 0.5, box(h * 0.07, w * 0.84, h));
  const grown = cabin.map(([x, z]) => [cx + (x - cx) * 1.02, z > h * 0.8 ? h * 0.94 : low] as const);
  const screen = move(0, w * 0.34, 0, turn(90, 0, 0, extrude(grown, w * 0.68)));
  return union(difference(side, bar), screen);
}

const wheelPlaces = (reader: Reader, l: number): number[] => {
  const count = reader.count(reader.part('wheel'), 4, 4, 12);
  return spread(Math.ceil(count / 2), l * 0.62);
};

const across = (of: Node, wide: number): Node => move(0, wide / 2, 0, turn(90, 0, 0, of));

function wheels(reader: Reader, kit: Kit, [l, w, r]: readonly [number, number, number]): Node[] {
  const wheel = reader.part('wheel');
  const tyre = wheel?.material(TYRE) ?? TYRE;
  const wide = w * 0.13;
  const one = across(
    union(
      paint(tyre, cylinder(r, wide, kit.n)),
      paint(RIM, move(0, 0, -wide * 0.04, cylinder(r * 0.58, wide * 1.08, kit.small))),
    ),
    wide,
  );
  const axle = (x: number) => move(x, 0, r, across(paint(TYRE, cylinder(r * 0.2, w * 0.9, 12)), w * 0.9));
  return wheelPlaces(reader, l).flatMap((x) => [
    axle(x),
    ...[-1, 1].map((side) => move(x, side * (w / 2 - wide / 2 - w * 0.005), r, one)),
  ]);
}

function lights(l: number, w: number, h: number, kit: Kit): Node[] {
  const lamp = (x: number, material: ReturnType<typeof colourOf>) =>
    [-1, 1].map((side) =>
      paint(material, move(x, side * w * 0.36, h * 0.43, scale(0.4, 1, 1, sphere(h * 0.065, kit.small)))),
    );
  return [...lamp(l * 0.485, colourOf('ivory', 0.2)), ...lamp(-l * 0.485, colourOf('crimson', 0.2))];
}

const truck: Thing = {
  id: 'truck',
  words: ['lorry', 'pickup', 'bus', 'van'],
  parts: ['wheel', 'window', 'door'],
  build(reader, kit) {
    const bus = /bus|van/.test(reader.name);
    const { size, stated } = readExtents(reader, {
      size: bus ? [8, 2.5, 3] : [7, 2.4, 3],
      main: 0,
      widthAxis: 1,
    });
    const [l, w, h] = size;
    const body = reader.material(colourOf(bus ? 'yellow' : 'blue'));
    const glass = reader.part('window')?.material(GLASS) ?? GLASS;
    const r = h * 0.16;
    reader.part('door');
    const soft = kit.style === 'low-poly' ? 0 : h * 0.03;
    const parts = bus ? busBody(kit, size, r, soft, glass) : truckBody(kit, size, r, soft, glass);
    return {
      node: paint(body, union(...parts, ...wheels(reader, kit, [l, w * 1.01, r]))),
      stated,
      fit: size,
    };
  },
};

type Size = readonly [number, number, number];

function busBody(kit: Kit, [l, w, h]: Size, r: number, soft: number, glass: Material): Node[] {
  const bars = spread(5, l * 0.7).map((x) => move(x, 0, -h * 0.1, box(l * 0.02, w * 2, h)));
  return [
    move(0, 0, r, box(l, w, h - r, soft, kit.small)),
    paint(glass, move(-l * 0.02, 0, h * 0.55, difference(box(l * 0.88, w * 1.01, h * 0.25), ...bars))),
    paint(glass, move(l * 0.45, 0, h * 0.5, box(l * 0.11, w * 0.85, h * 0.33))),
  ];
}

function truckBody(kit: Kit, [l, w, h]: Size, r: number, soft: number, glass: Material): Node[] {
  return [
    move(l * 0.37, 0, r, box(l * 0.26, w, h * 0.72, soft, kit.small)),
    paint(glass, move(l * 0.46, 0, h * 0.52, box(l * 0.09, w * 0.86, h * 0.25))),
    paint(glass, move(l * 0.4, 0, h * 0.54, box(l * 0.13, w * 1.01, h * 0.22))),
    paint(colourOf('white'), move(-l * 0.13, 0, r * 1.3, box(l * 0.74, w, h - r * 1.3))),
    move(0, 0, r * 0.9, box(l * 0.96, w * 0.7, r)),
  ];
}

const wheel: Thing = {
  id: 'wheel',
  words: ['car wheel', 'wagon wheel', 'tyre', 'tire'],
  parts: ['spoke'],
  build(reader, kit) {
    const { size, stated } = readExtents(reader, { size: [0.6, 0.18, 0.6], main: 2, thicknessAxis: 1 });
    const said = reader.diameter('');
    const d = said ?? stated[2] ?? stated[0] ?? size[2];
    const wide = said && stated[1] === undefined ? said * 0.3 : size[1];
    const r = d / 2;
    const spoke = reader.part('spoke');
    const tyreOnly = /tyre|tire/.test(reader.name);
    const count = reader.count(spoke, tyreOnly ? 0 : 5, 0, 40);
    const tyre = difference(cylinder(r, wide, kit.n), move(0, 0, -wide, cylinder(r * 0.68, wide * 3, kit.n)));
    const rim = difference(
      move(0, 0, wide * 0.05, cylinder(r * 0.7, wide * 0.9, kit.n)),
      move(0, 0, -wide, cylinder(r * 0.6, wide * 3, kit.n)),
    );
    const spokes = Array.from({ length: count }, (_, i) =>
      turn(0, 0, (360 * i) / count, move(r * 0.33, 0, wide * 0.3, box(r * 0.66, r * 0.12, wide * 0.4))),
    );
    const hub = move(0, 0, wide * 0.1, cylinder(r * 0.16, wide * 0.8, kit.small));
    const metal = paint(spoke?.material(RIM) ?? RIM, union(rim, ...(count > 0 ? [...spokes, hub] : [])));
    const node = union(paint(reader.material(TYRE), tyre), ...(tyreOnly ? [] : [metal]));
    return {
      node: move(0, wide / 2, r, turn(90, 0, 0, node)),
      stated: said ? [said, stated[1], said] : stated,
      fit: [d, wide, d],
    };
  },
};

export const VEHICLES: readonly Thing[] = [car, truck, wheel];
