import type { Material } from '../../mesh/mesh.ts';
import { readExtents } from '../extents.ts';
import { colourOf, materialOf } from '../palette.ts';
import {
  box,
  cylinder,
  difference,
  move,
  type Node,
  paint,
  revolve,
  sphere,
  torus,
  turn,
  union,
  type Vec2,
} from '../program.ts';
import type { Reader } from '../reader.ts';
import type { Kit, Thing } from '../thing.ts';
import { spread } from './parts.ts';

const STEEL = materialOf('steel');
const _WOOD = materialOf('wood');
const BLACK = colourOf('black');

const lamp: Thing = {
  id: 'lamp',
  words: ['table lamp', 'desk lamp', 'floor lamp', 'street lamp', 'street light', 'lamp post'],
  parts: ['shade', 'pole', 'foot'],
  build(reader, kit) {
    const floor = /floor|street|post/.test(reader.name);
    const shade = reader.part('shade');
    const bare = shade?.absent === true;
    const { size, stated } = readExtents(reader, {
      size: floor ? [0.45, 0.45, 1.6] : [0.3, 0.3, 0.5],
      main: 2,
      round: true,
    });
    const [w, , h] = size;
    const pole = reader.part('pole');
    const body = reader.material(materialOf('brass'));
    const cream = colourOf('cream', 0.9);
    const high = floor ? h * 0.2 : h * 0.42;
    const thick = w * (kit.style === 'stylized' ? 0.08 : 0.035);
    const bulb = paint(
      colourOf('ivory', 0.2),
      move(0, 0, bare ? h - w * 0.1 : h - high * 0.72, sphere(w * 0.1, kit.small)),
    );
    return {
      node: paint(
        body,
        union(
          cylinder(w * 0.28, h * 0.03, kit.n, w * 0.22),
          paint(
            pole?.material(body) ?? body,
            move(0, 0, h * 0.01, cylinder(thick, bare ? h - w * 0.15 : h - high * 0.3, kit.small)),
          ),
          ...(bare
            ? []
            : [paint(shade?.material(cream) ?? cream, move(0, 0, h - high, shadeOf(kit, w, high, thick)))]),
          bulb,
        ),
      ),
      stated,
      fit: bare ? [stated[0] ?? w * 0.56, stated[1] ?? w * 0.56, h] : size,
    };
  },
};

/** An open cone, held by spokes. */
function shadeOf(kit: Kit, w: number, high: number, thick: number): Node {
  const skin = w * 0.02;
  const cone = difference(
    cylinder(w / 2, high, kit.n, w * 0.3),
    move(0, 0, -skin, cylinder(w / 2 - skin, high + 2 * skin, kit.n, w * 0.3 - skin)),
  );
  const spokes = [0, 60, 120].map((angle) =>
    turn(0, 0, angle, move(0, 0, high * 0.6, box(w * 0.745, thick * 0.5, thick * 0.5))),
  );
  return union(cone, ...spokes);
}

const candle: Thing = {
  id: 'candle',
  parts: ['flame'],
  build(reader, kit) {
    const { size, stated } = readExtents(reader, { size: [0.06, 0.06, 0.16], main: 2, round: true });
    const [w, , h] = size;
    const flame = reader.part('flame');
    const lit = reader.count(flame, 1, 0, 1) > 0;
    const wick = paint(BLACK, move(0, 0, h * 0.7, cylinder(w * 0.04, h * 0.14, 12)));
    const drop: Vec2[] = [
      [0, h * 0.82],
      [w * 0.1, h * 0.86],
      [w * 0.12, h * 0.89],
      [w * 0.06, h * 0.95],
      [0, h],
    ];
    const fire = lit
      ? [paint(flame?.material(colourOf('amber', 0.4)) ?? colourOf('amber', 0.4), revolve(drop, kit.small))]
      : [];
    return {
      node: union(paint(reader.material(materialOf('wax')), cylinder(w / 2, h * 0.78, kit.n)), wick, ...fire),
      stated,
      fit: size,
    };
  },
};

const robot: Thing = {
  id: 'robot',
  words: ['android', 'toy robot'],
  parts: ['arm', 'leg', 'eye', 'antenna', 'head'],
  build(reader, kit) {
    const { size, stated } = readExtents(reader, { size: [0.9, 0.45, 1.7], main: 2 });
    const [w, d, h] = size;
    const body = reader.material(STEEL);
    const soft = softBox(kit);
    const arm = reader.part('arm');
    const leg = reader.part('leg');
    const arms = [-1, 1]
      .slice(0, reader.count(arm, 2, 0, 2))
      .map((side) => robotArm(side, w, d, h, kit.small));
    const feet = spread(reader.count(leg, 2, 1, 6), w * 0.3).map((x) =>
      union(
        move(x, 0, h * 0.03, soft(w * 0.14, d * 0.35, h * 0.36)),
        move(x, -d * 0.1, 0, soft(w * 0.22, d * 0.8, h * 0.07)),
      ),
    );
    const parts = [
      move(0, 0, h * 0.36, soft(w * 0.56, d * 0.8, h * 0.34)),
      paint(BLACK, move(0, -d * 0.4, h * 0.45, box(w * 0.34, d * 0.08, h * 0.14))),
      ...robotHead(reader, kit, size, body),
      ...(arms.length > 0 ? [paint(arm?.material(body) ?? body, union(...arms))] : []),
      paint(leg?.material(body) ?? body, union(...feet)),
    ];
    return { node: paint(body, union(...parts)), stated, fit: size };
  },
};

const softBox =
  (kit: Kit) =>
  (x: number, y: number, z: number): Node =>
    box(x, y, z, kit.style === 'low-poly' ? 0 : Math.min(x, y, z) * 0.12, kit.small);

function robotHead(
  reader: Reader,
  kit: Kit,
  [w, d, h]: readonly [number, number, number],
  body: Material,
): Node[] {
  const [head, eye, antenna] = [reader.part('head'), reader.part('eye'), reader.part('antenna')];
  const big = kit.style === 'stylized' ? 1.25 : 1;
  const glow = eye?.material(colourOf('cyan', 0.2)) ?? colourOf('cyan', 0.2);
  const red = antenna?.material(colourOf('red')) ?? colourOf('red');
  const feelers = reader.count(antenna, 1, 0, 4);
  const feeler = union(
    move(0, 0, h * 0.9, cylinder(w * 0.015, h * 0.08, 12)),
    move(0, 0, h - w * 0.035, sphere(w * 0.035, kit.small)),
  );
  return [
    move(0, 0, h * 0.68, cylinder(w * 0.1, h * 0.06, kit.small)),
    paint(
      head?.material(body) ?? body,
      move(0, 0, h * 0.72, softBox(kit)(w * 0.42 * big, d * 0.75, h * 0.19)),
    ),
    ...spread(reader.count(eye, 2, 1, 6), w * 0.2).map((x) =>
      paint(glow, move(x, -d * 0.36, h * 0.83, sphere(w * 0.05, kit.small))),
    ),
    ...(feelers > 0 ? spread(feelers, w * 0.2).map((x) => paint(red, move(x, 0, 0, feeler))) : []),
  ];
}

function robotArm(side: number, w: number, d: number, h: number, n: number): Node {
  const x = side * (w / 2 - w * 0.09);
  return union(
    move(x, 0, h * 0.64, sphere(w * 0.09, n)),
    move(side * w * 0.3, 0, h * 0.64, turn(0, 90, 0, move(0, 0, -w * 0.1, cylinder(w * 0.045, w * 0.2, n)))),
    move(x, 0, h * 0.36, box(w * 0.11, d * 0.26, h * 0.28, w * 0.02, 16)),
    move(
      x,
      0,
      h * 0.32,
      difference(
        turn(0, 90, 0, move(0, 0, -w * 0.05, torusLike(w, n))),
        move(0, 0, -h * 0.14, box(w, d * 0.16, h * 0.12)),
      ),
    ),
  );
}

const torusLike = (w: number, n: number): Node => move(0, 0, w * 0.05, torus(w * 0.085, w * 0.032, n, 16));

const iceCream: Thing = {
  id: 'ice cream',
  words: ['ice cream cone', 'icecream'],
  parts: ['scoop'],
  build(reader, kit) {
    const scoop = reader.part('scoop');
    const count = reader.count(scoop, 1, 1, 5);
    const { size, stated } = readExtents(reader, {
      size: [0.07, 0.07, 0.14 + 0.04 * (count - 1)],
      main: 2,
      round: true,
    });
    const [w, , h] = size;
    const r = w / 2;
    const high = Math.max(h * 0.3, h - r * (1 + 1.15 * (count - 1)) - r * 0.1);
    const pink = reader.material(scoop?.material(colourOf('pink')) ?? colourOf('pink'));
    const balls = Array.from({ length: count }, (_, i) =>
      move(0, 0, high + r * (0.1 + 1.15 * i), sphere(r, kit.n)),
    );
    const waffle = paint(
      { ...materialOf('cardboard'), name: 'waffle' },
      cylinder(r * 0.12, high, kit.n, r * 0.92),
    );
    return { node: union(waffle, paint(pink, union(...balls))), stated, fit: size };
  },
};

export const HOUSEHOLD: readonly Thing[] = [lamp, candle, robot, iceCream];
