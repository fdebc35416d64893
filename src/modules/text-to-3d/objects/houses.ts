import { readExtents } from '../extents.ts';
import { colourOf, materialOf } from '../palette.ts';
import { box, cylinder, difference, extrude, move, type Node, paint, turn, union } from '../program.ts';
import type { Reader } from '../reader.ts';
import type { Kit, Thing } from '../thing.ts';
import { doorFrame, roofCourses, windowOf } from './house-trim.ts';
import { spread } from './parts.ts';

const GLASS = { ...materialOf('glass'), color: [0.13, 0.3, 0.45] as const };
const WOOD = materialOf('wood');

const house: Thing = {
  id: 'house',
  words: ['cottage', 'hut', 'cabin', 'home', 'shed', 'barn', 'building'],
  parts: ['door', 'window', 'roof', 'chimney', 'floor', 'wall'],
  build(reader, kit) {
    const floor = reader.part('floor');
    const floors = reader.count(floor, /hut|shed|cabin|cottage/.test(reader.name) ? 1 : 2, 1, 30);
    const roof = reader.part('roof');
    const open = roof?.absent === true;
    const { size, stated } = readExtents(reader, { size: [9, 7, 2.8 * floors + (open ? 0 : 3)], main: 0 });
    const [w, d, h] = size;
    const flat = open || roof?.flag('flat') !== undefined;
    const roofHigh = open
      ? 0
      : flat
        ? h * 0.05
        : Math.min(h * 0.5, (3 / (2.8 * floors + 3)) * h * (kit.style === 'stylized' ? 1.3 : 1));
    const eave = w * 0.04;
    const [bw, bd, bh] = [w - 2 * eave, d - 2 * eave, h - roofHigh];
    const body =
      reader.part('wall')?.material(reader.material(colourOf('cream'))) ?? reader.material(colourOf('cream'));
    const tiles = roof?.material(materialOf('terracotta')) ?? materialOf('terracotta');
    const top = open
      ? []
      : [
          paint(
            tiles,
            flat
              ? move(0, 0, h - roofHigh, box(w, d, roofHigh))
              : union(gable(w, d, roofHigh, bh), ...roofCourses(kit, { w, d, high: roofHigh, at: bh })),
          ),
        ];
    return {
      node: paint(
        body,
        union(
          open ? roofless([bw, bd, bh]) : box(bw, bd, bh + roofHigh * 0.02),
          ...(flat ? [] : [gableWall(bw, bd, roofHigh * 0.93, bh)]),
          ...top,
          ...openings(reader, kit, [bw, bd, bh], floors),
          ...chimneys(reader, [bw, bd, h]),
        ),
      ),
      stated,
      fit: size,
    };
  },
};

/** Walls and a floor, open to the sky. */
function roofless([w, d, h]: readonly [number, number, number]): Node {
  const wall = Math.min(w, d) * 0.04;
  return difference(box(w, d, h), move(0, 0, h * 0.04, box(w - 2 * wall, d - 2 * wall, h)));
}

/** A saddle roof with its ridge along x. */
function gable(w: number, d: number, high: number, at: number): Node {
  const thick = high * 0.14;
  const outline = [
    [-d / 2, 0],
    [-d / 2 + thick * 1.2, 0],
    [0, high - thick],
    [d / 2 - thick * 1.2, 0],
    [d / 2, 0],
    [0, high],
  ] as const;
  return move(-w / 2, 0, at, turn(90, 0, 90, extrude(outline, w)));
}

/** The wall under the roof: it reaches a little into the tiles, so that no gap is left. */
function gableWall(w: number, d: number, high: number, at: number): Node {
  const outline = [
    [-d / 2, -high * 0.05],
    [d / 2, -high * 0.05],
    [d / 2, 0],
    [0, high],
    [-d / 2, 0],
  ] as const;
  return move(-w / 2, 0, at, turn(90, 0, 90, extrude(outline, w)));
}

function openings(
  reader: Reader,
  kit: Kit,
  [w, d, h]: readonly [number, number, number],
  floors: number,
): Node[] {
  const parts: Node[] = [];
  const storey = h / floors;
  const out = d * 0.012;
  const door = reader.part('door');
  const doors = reader.count(door, 1, 0, 4);
  const doorHigh = storey * 0.72;
  const doorWide = Math.min(doorHigh * 0.48, (w / (doors + 2)) * 0.8);
  for (const x of doors > 0 ? spread(doors, w * 0.5) : []) {
    parts.push(paint(door?.material(WOOD) ?? WOOD, move(x, -d / 2, 0, box(doorWide, out * 2, doorHigh))));
    parts.push(...doorFrame(kit, doorWide, doorHigh, out).map((frame) => move(x, -d / 2, 0, frame)));
    if (kit.parts > 0 && kit.style !== 'low-poly')
      parts.push(
        paint(
          materialOf('brass'),
          move(x + doorWide * 0.32, -d / 2 - out, doorHigh * 0.47, box(doorWide * 0.1, out, doorWide * 0.1)),
        ),
      );
  }
  const window = reader.part('window');
  const look = window?.material(GLASS) ?? GLASS;
  const count = reader.count(window, -1, 0, 60);
  const side = Math.min(storey * 0.38, w * 0.14);
  const taken = (doors > 0 ? spread(doors, w * 0.5) : []).map(
    (x) => [x, (doorWide + side) / 2 + w * 0.03] as const,
  );
  const places = windowPlaces({ w, storey, floors, taken, count });
  const room = (w * 0.9) / Math.max(1, places.filter(([, z]) => z > h - storey).length);
  const wide = Math.min(side, room * 0.7);
  for (const [x, z] of places) parts.push(...windowOf(kit, { look, side: wide, out, at: [x, -d / 2, z] }));
  return parts;
}

interface Facade {
  readonly w: number;
  readonly storey: number;
  readonly floors: number;
  /** places along the ground floor that doors take, and how far around them */
  readonly taken: readonly (readonly [number, number])[];
  /** how many windows were said, −1 where none were */
  readonly count: number;
}

/** Windows in rows, beside the doors on the ground floor; rows get fuller until there is room for all that were said. */
function windowPlaces({ w, storey, floors, taken, count }: Facade): (readonly [number, number])[] {
  for (let perFloor = 2; ; perFloor++) {
    const row = spread(perFloor, w * Math.min(0.84, 0.4 + 0.1 * perFloor));
    const all = Array.from({ length: floors }, (_, floor) =>
      row
        .filter((x) => floor > 0 || taken.every(([at, reach]) => Math.abs(x - at) > reach))
        .map((x) => [x, floor * storey + storey * 0.4] as const),
    ).flat();
    if (count < 0) return all;
    if (all.length >= count || perFloor > 70) return all.slice(0, count);
  }
}

function chimneys(reader: Reader, [w, d, h]: readonly [number, number, number]): Node[] {
  const chimney = reader.part('chimney');
  const count = reader.count(chimney, chimney ? 1 : 0, 0, 4);
  if (count === 0) return [];
  const brick = chimney?.material(materialOf('terracotta')) ?? materialOf('terracotta');
  return (count === 1 ? [w * 0.28] : spread(count, w * 0.6)).map((x) =>
    paint(brick, move(x, d * 0.16, h * 0.55, box(w * 0.08, w * 0.08, h * 0.45))),
  );
}

const bridge: Thing = {
  id: 'bridge',
  words: ['arch bridge'],
  parts: ['arch', 'rail'],
  build(reader, kit) {
    const { size, stated } = readExtents(reader, { size: [12, 3, 3], lengthAxis: 0, widthAxis: 1 });
    const [w, d, h] = size;
    const arches = reader.count(reader.part('arch'), 1, 1, 20);
    const pier = w * 0.06;
    const span = (w - pier * (arches + 1)) / arches;
    const rise = h * 0.6;
    const arch: Node = {
      op: 'scale',
      by: [span / 2, 1, rise],
      of: move(0, d, 0, turn(90, 0, 0, cylinder(1, 2 * d, kit.n))),
    };
    const holes = Array.from({ length: arches }, (_, i) =>
      move(-w / 2 + pier + span / 2 + i * (span + pier), 0, 0, arch),
    );
    const rail = reader.part('rail');
    const body = box(w, d, h * 0.78);
    const sides = [-1, 1].map((side) =>
      move(0, side * (d / 2 - d * 0.05), h * 0.75, box(w, d * 0.1, h * 0.25)),
    );
    const stone = reader.material(materialOf('stone'));
    const rails =
      reader.count(rail, 2, 0, 2) > 0 ? [paint(rail?.material(stone) ?? stone, union(...sides))] : [];
    return { node: paint(stone, difference(union(body, ...rails), ...holes)), stated, fit: size };
  },
};

export const HOUSES: readonly Thing[] = [house, bridge];
