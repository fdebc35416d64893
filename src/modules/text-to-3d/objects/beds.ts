import { readExtents } from '../extents.ts';
import { colourOf, materialOf } from '../palette.ts';
import { box, move, type Node, paint, union } from '../program.ts';
import type { Reader } from '../reader.ts';
import type { Kit, Thing } from '../thing.ts';
import { legs, spread } from './parts.ts';

const WOOD = materialOf('wood');

const sofa: Thing = {
  id: 'sofa',
  words: ['couch', 'settee'],
  parts: ['leg', 'arm', 'cushion', 'seat'],
  build(reader, kit) {
    const { size, stated } = readExtents(reader, { size: [1.9, 0.88, 0.82], loose: true });
    const [w, d, h] = size;
    const body = reader.material(colourOf('grey'));
    const cushion = reader.part('cushion') ?? reader.part('seat');
    const count = reader.count(cushion, 3, 1, 6);
    const soft = (x: number, y: number, z: number) => box(x, y, z, Math.min(x, y, z) * 0.25, kit.small);
    const arm = w * 0.09;
    const foot = h * 0.1;
    const inner = w - 2 * arm;
    reader.count(reader.part('arm'), 2, 2, 2);
    const cushions = spread(count, inner - inner / count).map((x) =>
      move(x, -d * 0.08, h * 0.36, soft((inner / count) * 0.995, d * 0.78, h * 0.22)),
    );
    const frame = union(
      move(0, 0, foot, box(w * 0.98, d * 0.96, h * 0.32)),
      move(0, d / 2 - d * 0.13, foot, soft(w * 0.98, d * 0.26, h - foot)),
      ...[-1, 1].map((side) => move(side * (w / 2 - arm / 2), 0, foot, soft(arm, d, h * 0.6))),
    );
    const leg = reader.part('leg');
    const feet = legs(kit, {
      count: reader.count(leg, 4, 2, 8),
      width: w * 0.9,
      depth: d * 0.85,
      height: foot * 1.5,
      thick: d * 0.08,
      round: false,
    });
    return {
      node: paint(
        body,
        union(
          frame,
          paint(cushion?.material(body) ?? body, union(...cushions)),
          paint(leg?.material(WOOD) ?? WOOD, feet),
        ),
      ),
      stated,
      fit: size,
    };
  },
};

const bed: Thing = {
  id: 'bed',
  words: ['double bed', 'single bed'],
  parts: ['leg', 'pillow', 'mattress', 'headboard'],
  build(reader, kit) {
    const single = /single/.test(reader.name);
    const headboard = reader.part('headboard');
    const headed = reader.count(headboard, 1, 0, 1) > 0;
    const { size, stated } = readExtents(reader, {
      size: [single ? 0.95 : 1.6, 2.05, headed ? 0.95 : 0.65],
      lengthAxis: 1,
      main: 1,
      loose: true,
    });
    const [w, d, over] = size;
    const h = headed ? over : over / 0.68;
    const frame = reader.material(WOOD);
    const leg = reader.part('leg');
    const feet = legs(kit, {
      count: reader.count(leg, 4, 2, 8),
      width: w * 0.98,
      depth: d * 0.98,
      height: h * 0.3,
      thick: w * 0.06,
      round: false,
    });
    const board = move(0, d / 2 - d * 0.02, 0, box(w, d * 0.04, h));
    const head = headed ? [paint(headboard?.material(frame) ?? frame, board)] : [];
    const rails = [move(0, 0, h * 0.2, box(w, d, h * 0.16)), paint(leg?.material(frame) ?? frame, feet)];
    return {
      node: paint(frame, union(...rails, ...bedding(reader, kit, [w, d, h], single ? 1 : 2), ...head)),
      stated,
      fit: size,
    };
  },
};

/** Mattress and pillows. */
function bedding(
  reader: Reader,
  kit: Kit,
  [w, d, h]: readonly [number, number, number],
  usual: number,
): Node[] {
  const soft = (x: number, y: number, z: number) => box(x, y, z, Math.min(x, y, z) * 0.3, kit.small);
  const white = colourOf('white');
  const mattress = reader.part('mattress');
  const pillow = reader.part('pillow');
  const count = reader.count(pillow, usual, 0, 4);
  const places = count > 0 ? spread(count, count === 1 ? 0 : w * 0.5) : [];
  const one = soft((w * 0.8) / Math.max(1, count), d * 0.17, h * 0.12);
  return [
    ...(mattress?.absent
      ? []
      : [
          paint(
            mattress?.material(white) ?? colourOf('ivory'),
            move(0, -d * 0.015, h * 0.33, soft(w * 0.96, d * 0.95, h * 0.26)),
          ),
        ]),
    ...places.map((x) =>
      paint(pillow?.material(white) ?? white, move(x, d * 0.34, h * (mattress?.absent ? 0.34 : 0.56), one)),
    ),
  ];
}

export const BEDS: readonly Thing[] = [sofa, bed];
