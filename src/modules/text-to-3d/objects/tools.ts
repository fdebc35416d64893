import { readExtents } from '../extents.ts';
import { colourOf, materialOf } from '../palette.ts';
import {
  box,
  circle,
  cylinder,
  difference,
  extrude,
  hull,
  move,
  paint,
  revolve,
  scale,
  sphere,
  turn,
  union,
  type Vec2,
} from '../program.ts';
import { invalid } from '../quantities.ts';
import { showLength } from '../reader.ts';
import type { Thing } from '../thing.ts';

const STEEL = materialOf('steel');
const WOOD = materialOf('wood');
const _BLACK = colourOf('black');

const gear: Thing = {
  id: 'gear',
  words: ['cog', 'cogwheel', 'gear wheel', 'spur gear'],
  parts: ['tooth', 'hole'],
  build(reader, kit) {
    const tooth = reader.part('tooth');
    const count = reader.count(tooth, 16, 4, 200);
    const { size, stated } = readExtents(reader, {
      size: [0.06, 0.06, 0.012],
      main: 0,
      round: true,
      thicknessAxis: 2,
    });
    const [d, , t] = size;
    const outer = d / 2;
    const high = Math.min(outer * 0.22, (outer * 4.5) / count);
    const root = outer - high;
    const outline = Array.from({ length: count }, (_, i) => toothAt(i, count, root, outer)).flat();
    const bore = reader.part('hole');
    const wide = bore?.diameter('') ?? bore?.length('size', 'width') ?? d * 0.22;
    bore?.flag('centre', 'through', 'round');
    if (wide >= 2 * root) throw invalid('hole', showLength(wide), `does not fit in ${showLength(2 * root)}`);
    const bores = reader.count(bore, 1, 0, 1) > 0 ? [move(0, 0, -t, cylinder(wide / 2, 3 * t, kit.n))] : [];
    const exact = count % 4 === 0;
    return {
      node: paint(reader.material(STEEL), difference(extrude(outline, t), ...bores)),
      stated,
      ...(exact ? {} : { fit: size }),
    };
  },
};

/** Root, flank, tip, flank; the middle of the first tip is on the x axis. */
function toothAt(i: number, count: number, root: number, outer: number): Vec2[] {
  const pitch = (2 * Math.PI) / count;
  const at = (share: number, r: number): Vec2 => [
    r * Math.cos((i + share) * pitch),
    r * Math.sin((i + share) * pitch),
  ];
  return [at(-0.28, root), at(-0.13, outer), at(0, outer), at(0.13, outer), at(0.28, root)];
}

const nut: Thing = {
  id: 'nut',
  words: ['hex nut'],
  parts: ['hole'],
  build(reader, kit) {
    const { size, stated } = readExtents(reader, {
      size: [0.013 / Math.cos(Math.PI / 6), 0.013, 0.0065],
      main: 0,
      thicknessAxis: 2,
    });
    const [w, , t] = size;
    reader.flag('sides-6');
    const bore = reader.part('hole');
    const wide = bore?.diameter('') ?? bore?.length('size', 'width') ?? w * 0.53;
    bore?.flag('centre', 'through', 'round');
    if (wide >= w * 0.85) throw invalid('hole', showLength(wide), `does not fit in ${showLength(w)}`);
    return {
      node: paint(
        reader.material(STEEL),
        difference(extrude(circle(w / 2, 6), t), move(0, 0, -t, cylinder(wide / 2, 3 * t, kit.n))),
      ),
      stated,
      fit: size,
    };
  },
};

const bolt: Thing = {
  id: 'bolt',
  words: ['hex bolt', 'screw'],
  parts: ['head'],
  build(reader, kit) {
    const { size, stated } = readExtents(reader, { size: [0.015, 0.013, 0.05], main: 2, lengthAxis: 2 });
    const [w, d, h] = size;
    const head = Math.min(w * 0.45, h * 0.4);
    reader.part('head');
    const grooves = kit.parts === 0 ? 4 : 14;
    const shaft = w * 0.27;
    const pitch = ((h - head) * 0.6) / grooves;
    const thread = Array.from({ length: grooves }, (_, i): Vec2[] => [
      [shaft * 0.82, i * pitch],
      [shaft, (i + 0.5) * pitch],
    ]).flat();
    reader.say(reader.name, 'the thread is shown as rings, not as a helix');
    const top = h - head * 0.5;
    const shank = revolve(
      [[0, 0], ...thread, [shaft * 0.98, grooves * pitch], [shaft * 0.98, top], [0, top]],
      kit.n,
    );
    const hex = scale(1, d / (w * Math.cos(Math.PI / 6)), 1, extrude(circle(w / 2, 6), head));
    return {
      node: paint(reader.material(STEEL), union(shank, move(0, 0, h - head, hex))),
      stated,
      fit: size,
    };
  },
};

const key: Thing = {
  id: 'key',
  words: ['door key'],
  parts: ['tooth', 'hole'],
  build(reader, kit) {
    const { size, stated } = readExtents(reader, {
      size: [0.07, 0.025, 0.004],
      main: 0,
      widthAxis: 1,
      thicknessAxis: 2,
    });
    const [l, w, t] = size;
    const tooth = reader.part('tooth');
    const count = reader.count(tooth, 3, 1, 10);
    reader.count(reader.part('hole'), 1, 1, 1);
    const bow = difference(cylinder(w / 2, t, kit.n), move(0, 0, -t, cylinder(w * 0.26, 3 * t, kit.n)));
    const stem = l - w * 0.9;
    const bits = Array.from({ length: count }, (_, i) =>
      move(
        l / 2 - w * 0.12 - (i * stem * 0.5) / count,
        -w * (0.2 + (i % 2) * 0.05),
        0,
        box((stem * 0.28) / count + w * 0.04, w * (0.36 + (i % 2) * 0.1), t),
      ),
    );
    return {
      node: paint(
        reader.material(materialOf('brass')),
        union(move(-l / 2 + w / 2, 0, 0, bow), move(w * 0.45, 0, 0, box(stem, w * 0.2, t)), ...bits),
      ),
      stated,
      fit: size,
    };
  },
};

const hammer: Thing = {
  id: 'hammer',
  words: ['mallet'],
  parts: ['handle', 'head'],
  build(reader, kit) {
    const { size, stated } = readExtents(reader, { size: [0.12, 0.035, 0.32], main: 2, lengthAxis: 2 });
    const [w, d, h] = size;
    const handle = reader.part('handle');
    const head = reader.part('head');
    const steel = reader.material(STEEL);
    const high = Math.min(d, h * 0.2);
    const face = move(-w / 2, 0, h - high / 2, turn(0, 90, 0, cylinder(high / 2, w * 0.35, kit.n)));
    const claw = hull(
      move(0, 0, h - high, box(w * 0.2, d * 0.9, high)),
      move(w / 2 - w * 0.02, 0, h - high, box(w * 0.04, d, high * 0.2)),
    );
    return {
      node: union(
        paint(handle?.material(WOOD) ?? WOOD, cylinder(d * 0.38, h - high * 0.3, kit.small, d * 0.3)),
        paint(
          head?.material(steel) ?? steel,
          union(face, move(-w * 0.05, 0, h - high, box(w * 0.25, d * 0.85, high)), claw),
        ),
      ),
      stated,
      fit: size,
    };
  },
};

const sword: Thing = {
  id: 'sword',
  parts: ['handle', 'blade'],
  build(reader, kit) {
    const { size, stated } = readExtents(reader, { size: [0.2, 0.035, 1], main: 2, lengthAxis: 2 });
    const [w, d, h] = size;
    const blade = reader.part('blade');
    const handle = reader.part('handle');
    const steel = reader.material(materialOf('chrome'));
    const gold = materialOf('gold');
    const grip = h * 0.17;
    const edge: Vec2[] = [
      [-w * 0.13, 0],
      [0, -d * 0.14],
      [w * 0.13, 0],
      [0, d * 0.14],
    ];
    const tip = move(0, 0, h * 0.88, extrude(edge, h * 0.12, 0));
    return {
      node: union(
        paint(blade?.material(steel) ?? steel, union(move(0, 0, grip, extrude(edge, h * 0.88 - grip)), tip)),
        paint(
          gold,
          union(
            move(0, 0, grip, box(w, d * 0.7, h * 0.03, d * 0.2, 16)),
            move(0, 0, d / 2, sphere(d / 2, kit.small)),
          ),
        ),
        paint(
          handle?.material(materialOf('leather')) ?? materialOf('leather'),
          move(0, 0, d * 0.5, cylinder(d * 0.32, grip, kit.small)),
        ),
      ),
      stated,
      fit: size,
    };
  },
};

export const TOOLS: readonly Thing[] = [gear, nut, bolt, key, hammer, sword];
