import { readExtents } from '../extents.ts';
import { materialOf } from '../palette.ts';
import { box, cylinder, move, type Node, paint, union } from '../program.ts';
import type { Reader } from '../reader.ts';
import type { Kit, Thing } from '../thing.ts';
import { bevel, legs, spread } from './parts.ts';

const WOOD = materialOf('wood');

const chair: Thing = {
  id: 'chair',
  words: ['armchair', 'throne', 'dining chair'],
  parts: ['leg', 'back', 'arm', 'seat'],
  build(reader, kit) {
    const back = reader.part('back');
    const backed = reader.count(back, 1, 0, 1) > 0;
    const arm = reader.part('arm');
    const arms = reader.count(arm, arm || /arm|throne/.test(reader.name) ? 2 : 0, 0, 2);
    const tall = backed ? 0.92 : arms > 0 ? 0.68 : 0.46;
    const { size, stated } = readExtents(reader, { size: [0.45, 0.48, tall], main: 2, loose: true });
    const [w, d, h] = size;
    const body = reader.material(WOOD);
    const seat = reader.part('seat');
    const seatHigh = seat?.length('height') ?? (h * 0.46) / tall;
    const thick = (h * 0.041) / tall;
    const board = box(w, d, thick, Math.min(bevel(kit, 0.006), thick * 0.4), kit.small);
    const parts: Node[] = [
      paint(seat?.material(body) ?? body, move(0, 0, seatHigh - thick, board)),
      chairLegs(reader, kit, [w, d, seatHigh - thick / 2]),
    ];
    if (backed) parts.push(paint(back?.material(body) ?? body, chairBack(kit, [w, d, h], seatHigh)));
    if (arms > 0)
      parts.push(
        paint(
          arm?.material(body) ?? body,
          chairArms([w, d, backed ? h : seatHigh + (h - seatHigh) / 0.5], seatHigh),
        ),
      );
    return { node: paint(body, union(...parts)), stated, fit: size };
  },
};

function chairLegs(reader: Reader, kit: Kit, [w, d, height]: readonly [number, number, number]): Node {
  const leg = reader.part('leg');
  const body = reader.material(WOOD);
  const fat = kit.style === 'stylized' ? 1.6 : 1;
  const thick =
    leg?.length('thickness', 'width', 'size') ??
    leg?.diameter('') ??
    w * 0.09 * fat * (leg?.factor('thickness', 'all') ?? 1);
  const round = leg?.flag('round') !== undefined;
  leg?.flag('square', 'straight');
  const count = reader.count(leg, 4, 1, 8);
  const node = legs(kit, { count, width: w * 0.94, depth: d * 0.94, height, thick, round });
  return paint(leg?.material(body) ?? body, node);
}

/** Two posts with slats between them. */
function chairBack(kit: Kit, [w, d, h]: readonly [number, number, number], seat: number): Node {
  const thick = w * 0.08;
  const y = d / 2 - thick / 2 - d * 0.01;
  const posts = [-1, 1].map((side) =>
    move(side * (w / 2 - thick / 2 - w * 0.01), y, seat - 0.01 * h, box(thick, thick, h - seat + 0.01 * h)),
  );
  const slats = kit.parts === 0 ? 1 : 3;
  const room = h - seat;
  const high = slats === 1 ? room * 0.5 : room * 0.17;
  const rows = Array.from({ length: slats }, (_, i) =>
    move(0, y, h - high - room * 0.04 - i * room * 0.28, box(w * 0.96, thick * 0.5, high)),
  );
  return union(...posts, ...rows);
}

function chairArms([w, d, h]: readonly [number, number, number], seat: number): Node {
  const thick = w * 0.09;
  const up = (h - seat) * 0.45;
  return union(
    ...[-1, 1].flatMap((side) => {
      const x = side * (w / 2 - thick / 2);
      return [
        move(x, 0, seat + up - thick / 2, box(thick, d * 0.98, thick * 0.6)),
        move(x, -d / 2 + thick, seat - 0.01 * h, box(thick * 0.7, thick * 0.7, up)),
      ];
    }),
  );
}

const stool: Thing = {
  id: 'stool',
  words: ['bar stool', 'barstool'],
  parts: ['leg', 'seat'],
  build(reader, kit) {
    const bar = /bar/.test(reader.name);
    reader.flag('round');
    const { size, stated } = readExtents(reader, {
      size: [0.36, 0.36, bar ? 0.75 : 0.46],
      main: 2,
      round: true,
      loose: true,
    });
    const [w, , h] = size;
    const body = reader.material(WOOD);
    const thick = h * 0.09;
    const seat = reader.part('seat');
    const leg = reader.part('leg');
    const count = reader.count(leg, 3, 1, 8);
    const legThick = leg?.length('thickness', 'width', 'size') ?? leg?.diameter('') ?? w * 0.12;
    leg?.flag('round', 'square');
    const wide = w * 0.72;
    const spec = {
      count,
      width: wide,
      depth: wide,
      height: h - thick / 2,
      thick: legThick,
      round: true,
      taper: 0.7,
    };
    const foot = count === 1 ? [cylinder(w * 0.4, h * 0.04, kit.n)] : [];
    const top = paint(seat?.material(body) ?? body, move(0, 0, h - thick, cylinder(w / 2, thick, kit.n)));
    return {
      node: paint(body, union(top, paint(leg?.material(body) ?? body, union(legs(kit, spec), ...foot)))),
      stated,
      fit: size,
    };
  },
};

const bench: Thing = {
  id: 'bench',
  words: ['park bench', 'garden bench'],
  parts: ['leg', 'back', 'seat'],
  build(reader, kit) {
    const back = reader.part('back');
    const high = reader.count(back, back || /park|garden/.test(reader.name) ? 1 : 0, 0, 1) > 0;
    const { size, stated } = readExtents(reader, { size: [1.4, 0.42, high ? 0.85 : 0.45], loose: true });
    const [w, d, h] = size;
    const body = reader.material(WOOD);
    const top = high ? h * 0.52 : h;
    const slats = [1, 3, 4, 5][kit.parts] ?? 3;
    const slat = (d * (slats === 1 ? 1 : 0.9)) / slats;
    const boards = spread(slats, d - slat).map((y) => move(0, y, top * 0.9, box(w, slat, top * 0.1)));
    const seat = reader.part('seat')?.material(body) ?? body;
    const rest = high ? [paint(back?.material(body) ?? body, benchBack(size, top))] : [];
    return {
      node: paint(body, union(paint(seat, union(...boards)), benchStand(reader, kit, [w, d, top]), ...rest)),
      stated,
      fit: size,
    };
  },
};

function benchStand(reader: Reader, kit: Kit, [w, d, top]: readonly [number, number, number]): Node {
  const leg = reader.part('leg');
  const count = reader.count(leg, 4, 2, 8);
  const thick = leg?.length('thickness', 'width', 'size') ?? d * 0.18;
  const stand = legs(kit, { count, width: w * 0.92, depth: d, height: top * 0.95, thick, round: false });
  const rails = [-1, 1].map((side) =>
    move((side * (w * 0.92 - thick)) / 2, 0, top * 0.82, box(thick, d, top * 0.1)),
  );
  const body = reader.material(WOOD);
  return paint(leg?.material(body) ?? body, union(stand, ...rails));
}

function benchBack([w, d, h]: readonly [number, number, number], top: number): Node {
  const room = h - top;
  const post = box(d * 0.12, d * 0.1, h - top * 0.9);
  const posts = [-1, 1].map((side) => move((side * w) / 2.6, d / 2 - d * 0.06, top * 0.9, post));
  const bars = [0.3, 0.75].map((share) =>
    move(0, d / 2 - d * 0.1, top + room * share, box(w, d * 0.07, room * 0.25)),
  );
  return union(...posts, ...bars);
}

export const SEATS: readonly Thing[] = [chair, stool, bench];
