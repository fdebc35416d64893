import { readExtents } from '../extents.ts';
import { materialOf } from '../palette.ts';
import { box, cylinder, difference, move, type Node, paint, sphere, turn, union } from '../program.ts';
import type { Reader } from '../reader.ts';
import type { Kit, Thing } from '../thing.ts';
import { legs, spread } from './parts.ts';

const WOOD = materialOf('wood');
const STEEL = materialOf('steel');

const bookshelf: Thing = {
  id: 'bookshelf',
  words: ['bookcase', 'shelf', 'shelving unit', 'book shelf', 'rack'],
  parts: ['shelf', 'back'],
  build(reader, kit) {
    const { size, stated } = readExtents(reader, { size: [0.8, 0.3, 1.8], main: 2, loose: true });
    const [w, d, h] = size;
    const body = reader.material(WOOD);
    const shelf = reader.part('shelf');
    const count = reader.count(shelf, 5, 1, 20);
    const thick =
      shelf?.length('thickness') ?? Math.min(0.022, w * 0.04) * (kit.style === 'stylized' ? 2 : 1);
    const sides = [-1, 1].map((side) => move((side * (w - thick)) / 2, 0, 0, box(thick, d, h)));
    const foot = h * 0.04;
    const pitch = (h - thick - foot) / count;
    const board = box(w - thick, d, thick);
    const boards = Array.from({ length: count }, (_, i) => move(0, 0, foot + i * pitch, board));
    const trim = shelfTrim(kit, [w, d, h], thick, [foot, foot + (count - 1) * pitch]);
    const back = reader.part('back');
    const panel =
      reader.count(back, 1, 0, 1) > 0
        ? [move(0, d / 2 - thick * 0.2, 0, box(w - thick, thick * 0.4, h))]
        : [];
    const top = move(0, 0, h - thick, board);
    reader.say('shelves', `${count} boards to stand on, and one as the top`);
    return {
      node: paint(
        body,
        union(
          ...sides,
          top,
          ...trim,
          paint(shelf?.material(body) ?? body, union(...boards)),
          paint(back?.material(body) ?? body, union(...(panel.length > 0 ? panel : [top]))),
        ),
      ),
      stated,
      fit: size,
    };
  },
};

/** A plinth, and rails under the boards at the back: more of them the finer the detail. */
function shelfTrim(
  kit: Kit,
  [w, d, h]: readonly [number, number, number],
  thick: number,
  [foot, last]: readonly [number, number],
): Node[] {
  const plinth = move(0, -d * 0.44, 0, box(w - thick, thick * 0.6, foot));
  const rail = (z: number) => move(0, d * 0.4, z, box(w - thick, thick * 0.6, thick * 2));
  return [plinth, rail(last - thick), rail(h - 2.5 * thick)].slice(0, kit.parts);
}

const cabinet: Thing = {
  id: 'cabinet',
  words: ['wardrobe', 'cupboard', 'closet', 'dresser', 'chest of drawers', 'sideboard', 'nightstand'],
  parts: ['door', 'drawer', 'leg', 'handle'],
  build(reader, kit) {
    const drawers = /drawers|dresser|nightstand/.test(reader.name);
    const tall = /wardrobe|closet/.test(reader.name);
    const usual = tall ? ([1.2, 0.6, 2] as const) : ([0.9, 0.42, 0.9] as const);
    const { size, stated } = readExtents(reader, { size: usual, main: 2, loose: true });
    const [w, d, h] = size;
    const body = reader.material(WOOD);
    const leg = reader.part('leg');
    const foot = h * 0.07;
    const front = fronts(reader, drawers);
    const handle = reader.part('handle');
    const metal = handle?.material(STEEL) ?? STEEL;
    const { boards, knobs } = panelsOf(kit, front, [w, d * 0.98, h - foot]);
    const stand = { count: reader.count(leg, 4, 2, 8), width: w * 0.96, depth: d * 0.9, height: foot * 1.4 };
    const parts = [
      move(0, d * 0.01, foot, box(w, d * 0.96, h - foot)),
      paint(front.look ?? body, move(0, 0, foot, union(...boards))),
      ...(handle?.absent ? [] : knobs).map((knob) => paint(metal, move(0, 0, foot, knob))),
      paint(leg?.material(body) ?? body, legs(kit, { ...stand, thick: Math.min(w, d) * 0.1, round: false })),
    ];
    return { node: paint(body, union(...parts)), stated, fit: size };
  },
};

interface Fronts {
  readonly columns: number;
  readonly rows: number;
  readonly look: ReturnType<Reader['material']> | undefined;
}

function fronts(reader: Reader, drawersOnly: boolean): Fronts {
  const door = reader.part('door');
  const drawer = reader.part('drawer');
  const look = (drawer ?? door)?.material(reader.material(WOOD));
  if (drawer ?? drawersOnly) return { columns: 1, rows: reader.count(drawer, 3, 1, 12), look };
  return { columns: reader.count(door, 2, 1, 6), rows: 1, look };
}

/** Boards a little in front of the body, with air between them, and a knob on each. */
function panelsOf(kit: Kit, { columns, rows }: Fronts, [w, d, h]: readonly [number, number, number]) {
  const boards: Node[] = [];
  const knobs: Node[] = [];
  const gap = Math.min(w, h) * 0.02;
  const wide = w / columns;
  const high = h / rows;
  for (let i = 0; i < columns; i++) {
    for (let j = 0; j < rows; j++) {
      const x = -w / 2 + wide * (i + 0.5);
      boards.push(move(x, -d / 2 + d * 0.02, j * high + gap, box(wide - 2 * gap, d * 0.06, high - 2 * gap)));
      const side = columns === 1 ? 0 : (i % 2 === 0 ? 1 : -1) * (wide / 2 - 4 * gap);
      if (kit.parts > 0)
        knobs.push(
          move(x + side, -d / 2 - d * 0.01, (j + 0.5) * high, sphere(Math.min(w, h) * 0.022, kit.small)),
        );
    }
  }
  return { boards, knobs };
}

const door: Thing = {
  id: 'door',
  words: ['front door'],
  parts: ['handle', 'window', 'panel'],
  build(reader, kit) {
    const { size, stated } = readExtents(reader, {
      size: [0.9, 0.05, 2.05],
      main: 2,
      pair: [0, 2],
      thicknessAxis: 1,
      loose: true,
    });
    const [w, d, h] = size;
    const body = reader.material(WOOD);
    const panels = reader.count(reader.part('panel'), kit.parts === 0 ? 0 : 2, 0, 8);
    const pane = reader.part('window');
    const high = (h * 0.88) / Math.max(1, panels);
    const recess = Array.from({ length: panels }, (_, i) =>
      move(0, -d / 2, h * 0.06 + i * high + high * 0.06, box(w * 0.7, d * 0.4, high * 0.88)),
    );
    const leaf = difference(box(w, d * 0.7, h), ...recess);
    const handle = reader.part('handle');
    const metal = handle?.material(materialOf('brass')) ?? materialOf('brass');
    const knobs =
      reader.count(handle, 1, 0, 1) > 0
        ? [
            paint(
              metal,
              move(
                w * 0.4,
                -d * 0.35,
                h * 0.48,
                union(
                  sphere(w * 0.035, kit.small),
                  turn(-90, 0, 0, cylinder(w * 0.012, d * 0.35, kit.small)),
                ),
              ),
            ),
          ]
        : [];
    const glass =
      pane && reader.count(pane, 1, 0, 4) > 0
        ? [paint(pane.material(materialOf('glass')), move(0, 0, h * 0.6, box(w * 0.5, d * 0.75, h * 0.28)))]
        : [];
    return { node: paint(body, union(leaf, ...glass, ...knobs)), stated, fit: [w, d, h] };
  },
};

const ladder: Thing = {
  id: 'ladder',
  parts: ['rung', 'step'],
  build(reader, kit) {
    const { size, stated } = readExtents(reader, {
      size: [0.45, 0.06, 2.4],
      main: 2,
      lengthAxis: 2,
      loose: true,
    });
    const [w, d, h] = size;
    const body = reader.material(WOOD);
    const rung = reader.part('rung') ?? reader.part('step');
    const count = reader.count(rung, 8, 1, 60);
    const rail = Math.min(d, w * 0.15);
    const bar = turn(0, 90, 0, cylinder(rail * 0.3, w - rail, kit.small));
    const rungs = Array.from({ length: count }, (_, i) =>
      move(-(w - rail) / 2, 0, ((i + 0.75) * h) / (count + 0.5), bar),
    );
    const rails = [-1, 1].map((side) => move((side * (w - rail)) / 2, 0, 0, box(rail, d, h)));
    return {
      node: paint(body, union(...rails, paint(rung?.material(body) ?? body, union(...rungs)))),
      stated,
      fit: size,
    };
  },
};

const fence: Thing = {
  id: 'fence',
  words: ['picket fence'],
  parts: ['post', 'rail', 'picket', 'board'],
  build(reader, kit) {
    const { size, stated } = readExtents(reader, { size: [2, 0.08, 1], loose: true });
    const [w, d, h] = size;
    const body = reader.material(WOOD);
    const picket = reader.part('picket') ?? reader.part('board') ?? reader.part('post');
    const count = reader.count(picket, Math.max(2, Math.round(w / (h * 0.17))), 2, 200);
    const wide = Math.min((w / count) * 0.65, h * 0.12);
    const tip =
      kit.style === 'low-poly' || kit.parts === 0
        ? []
        : [move(0, 0, h * 0.92, turn(90, 0, 0, move(0, 0, -d * 0.2, wedge(wide, h * 0.08, d * 0.4))))];
    const stake = tip.length > 0 ? union(box(wide, d * 0.4, h * 0.92), ...tip) : box(wide, d * 0.4, h);
    const rails = reader.count(reader.part('rail'), 2, 1, 5);
    const bars = Array.from({ length: rails }, (_, i) =>
      move(0, d * 0.15, h * (0.2 + (0.55 * i) / Math.max(1, rails - 1)), box(w, d * 0.5, h * 0.08)),
    );
    const pickets = spread(count, w - wide).map((x) => move(x, -d * 0.25, 0, stake));
    return {
      node: paint(body, union(...bars, paint(picket?.material(body) ?? body, union(...pickets)))),
      stated,
      fit: size,
    };
  },
};

/** A triangle of this width and height, in the plane of x and y. */
const wedge = (wide: number, high: number, deep: number): Node => ({
  op: 'extrude',
  outline: [
    [-wide / 2, 0],
    [wide / 2, 0],
    [0, high],
  ],
  h: deep,
});

export const STORAGE: readonly Thing[] = [bookshelf, cabinet, door, ladder, fence];
