import { readExtents } from '../extents.ts';
import { colourOf, materialOf } from '../palette.ts';
import { box, cylinder, difference, move, type Node, paint, turn, union } from '../program.ts';
import type { Reader } from '../reader.ts';
import type { Kit, Thing } from '../thing.ts';
import { spread } from './parts.ts';

const GLASS = { ...materialOf('glass'), color: [0.13, 0.3, 0.45] as const };
const WOOD = materialOf('wood');

const tower: Thing = {
  id: 'tower',
  words: ['castle tower', 'watchtower', 'lighthouse', 'skyscraper'],
  parts: ['floor', 'window', 'door', 'roof'],
  build(reader, kit) {
    const sky = /skyscraper/.test(reader.name);
    const square = reader.flag('square') !== undefined || sky;
    reader.flag('round');
    const floor = reader.part('floor');
    const floors = reader.count(floor, sky ? 20 : 4, 1, 200);
    const { size, stated } = readExtents(reader, { size: [6, 6, 4 * floors + 2], main: 2, round: true });
    const [w, , h] = size;
    const stone = reader.material(sky ? materialOf('concrete') : materialOf('stone'));
    const storey = (h * 0.92) / floors;
    const roof = reader.part('roof');
    const pointed =
      (reader.flag('pointed') ?? roof?.flag('pointed', 'conical')) !== undefined ||
      (roof !== undefined && !roof.absent);
    const top = h * (pointed ? 0.82 : 0.92);
    const trunk = square ? box(w * 0.86, w * 0.86, top) : cylinder(w * 0.46, top, kit.n, w * 0.42);
    const cap = pointed
      ? paint(
          roof?.material(materialOf('terracotta')) ?? materialOf('terracotta'),
          move(
            0,
            0,
            h * 0.8,
            square
              ? turn(0, 0, 45, cylinder(w / Math.SQRT2, h * 0.2, 4, 0))
              : cylinder(w / 2, h * 0.2, kit.n, 0),
          ),
        )
      : sky
        ? move(0, 0, h * 0.9, box(w, w, h * 0.1))
        : battlement(kit, w, h, square);
    return {
      node: paint(
        stone,
        union(trunk, cap, ...towerWindows(reader, kit, { w, h, storey, floors, square, pointed })),
      ),
      stated,
      fit: size,
    };
  },
};

function battlement(kit: Kit, w: number, h: number, square: boolean): Node {
  const high = h * 0.12;
  const ring = square
    ? difference(box(w, w, high), move(0, 0, high * 0.35, box(w * 0.8, w * 0.8, high)))
    : difference(cylinder(w / 2, high, kit.n), move(0, 0, high * 0.35, cylinder(w * 0.4, high, kit.n)));
  const gaps = [0, 30, 60, 90, 120, 150].map((angle) =>
    turn(0, 0, angle + 15, move(0, 0, high * 0.6, box(w * 2, w * 0.11, high))),
  );
  return move(0, 0, h - high, difference(ring, ...gaps));
}

interface TowerShape {
  readonly w: number;
  readonly h: number;
  readonly storey: number;
  readonly floors: number;
  readonly square: boolean;
  readonly pointed: boolean;
}

function towerWindows(
  reader: Reader,
  kit: Kit,
  { w, storey, floors, square, pointed, h }: TowerShape,
): Node[] {
  const window = reader.part('window');
  const door = reader.part('door');
  const dark = colourOf('charcoal');
  const parts: Node[] = [];
  const top = h * (pointed ? 0.78 : 0.88);
  const limit = reader.count(window, 1e6, 0, 1e6);
  const doorHigh = Math.min(storey * 0.6, w * 0.5);
  if (reader.count(door, 1, 0, 1) > 0)
    parts.push(paint(door?.material(WOOD) ?? WOOD, move(0, -w * 0.4, 0, box(w * 0.22, w * 0.2, doorHigh))));
  let made = 0;
  for (let i = 0; i < floors; i++) {
    for (const angle of square ? [0, 90, 180, 270] : [0, 120, 240]) {
      const z = i * storey + storey * 0.45;
      const onDoor = i === 0 && angle === 0;
      const tall = Math.min(storey * 0.4, w * 0.3);
      if (onDoor || z + tall > top || made >= limit || (kit.parts === 0 && angle > 0)) continue;
      made++;
      const wide = square ? w * 0.5 : w * 0.1;
      parts.push(
        paint(
          window?.material(square ? GLASS : dark) ?? (square ? GLASS : dark),
          turn(0, 0, angle, move(0, -w * 0.4, z, box(wide, w * 0.08 * (square ? 1.2 : 1.3), tall))),
        ),
      );
    }
  }
  return parts;
}

const castle: Thing = {
  id: 'castle',
  words: ['fortress', 'fort'],
  parts: ['tower', 'wall', 'door'],
  build(reader, kit) {
    const { size, stated } = readExtents(reader, { size: [30, 30, 16], main: 0 });
    const [w, d, h] = size;
    const turret = Math.min(w, d) * 0.2;
    const [x, y] = [w / 2 - turret * 0.56, d / 2 - turret * 0.56];
    const one = turretOf(reader, kit, turret, h);
    const corners = [
      [-x, -y],
      [x, -y],
      [x, y],
      [-x, y],
    ].map(([a = 0, b = 0]) => move(a, b, 0, one));
    const [front, side] = [wallOf(2 * x, h, turret * 0.35), turn(0, 0, 90, wallOf(2 * y, h, turret * 0.35))];
    const arch = move(0, turret * 0.35, h * 0.19, turn(90, 0, 0, cylinder(w * 0.06, turret * 0.7, kit.n)));
    const gate = move(0, -y, -h * 0.01, union(box(w * 0.12, turret * 0.7, h * 0.2), arch));
    reader.part('wall');
    reader.count(reader.part('door'), 1, 1, 1);
    const walls = [
      difference(move(0, -y, 0, front), gate),
      move(0, y, 0, front),
      move(-x, 0, 0, side),
      move(x, 0, 0, side),
    ];
    const court = box(w * 0.85, d * 0.85, h * 0.02);
    const stone = reader.material(materialOf('stone'));
    return { node: paint(stone, union(...walls, ...corners, keep(w, d, h), court)), stated, fit: size };
  },
};

function turretOf(reader: Reader, kit: Kit, wide: number, h: number): Node {
  const tower = reader.part('tower');
  reader.count(tower, 4, 4, 4);
  const navy = tower?.material(colourOf('navy')) ?? colourOf('navy');
  const roof = paint(navy, move(0, 0, h * 0.7, cylinder(wide * 0.56, h * 0.3, kit.n, 0)));
  return union(cylinder(wide / 2, h * 0.72, kit.n), roof);
}

function wallOf(long: number, h: number, thick: number): Node {
  const teeth = Math.max(3, Math.round(long / (thick * 1.6)));
  const tooth = box(thick * 0.8, thick, h * 0.08);
  return union(
    box(long, thick, h * 0.42),
    ...spread(teeth, long - thick).map((at) => move(at, 0, h * 0.4, tooth)),
  );
}

function keep(w: number, d: number, h: number): Node {
  const tooth = box(w * 0.045, d * 0.04, h * 0.08);
  const teeth = spread(4, w * 0.25).flatMap((x) =>
    spread(2, d * 0.255).map((y) => move(x, y, h * 0.6, tooth)),
  );
  return move(0, d * 0.1, 0, union(box(w * 0.3, d * 0.3, h * 0.62), ...teeth));
}

export const TOWERS: readonly Thing[] = [tower, castle];
