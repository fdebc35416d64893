import { readExtents } from '../extents.ts';
import { materialOf } from '../palette.ts';
import { box, cylinder, move, paint, union } from '../program.ts';
import { invalid } from '../quantities.ts';
import { type Reader, showLength } from '../reader.ts';
import type { Built, Kit, Thing } from '../thing.ts';
import { bevel, legs } from './parts.ts';

const WOOD = materialOf('wood');

/** A top on legs. The height over all is stated, or follows from legs and top. */
function tableLike(id: string, words: readonly string[], usual: readonly [number, number, number]): Thing {
  return {
    id,
    words,
    parts: ['leg', 'top', 'drawer', 'shelf'],
    build: (reader, kit) => buildTable(reader, kit, usual),
  };
}

function buildTable(reader: Reader, kit: Kit, usual: readonly [number, number, number]): Built {
  const top = reader.part('top');
  const leg = reader.part('leg');
  const round = (reader.flag('round') ?? top?.flag('round', 'oval')) !== undefined;
  const square = (reader.flag('square') ?? top?.flag('square')) !== undefined;
  reader.flag('rectangular');
  top?.flag('rectangular', 'rounded');
  const dims = top?.lengths('dims');
  const wide = top?.length('width', 'length', 'size', 'side') ?? top?.diameter('');
  const topThick = dims?.[2] ?? top?.length('thickness', 'height');
  const legLong = leg?.length('height', 'length');
  const [w0, d0, h0] = usual;
  const start: [number, number, number] = [
    dims?.[0] ?? wide ?? (square || round ? Math.max(w0, d0) : w0),
    dims?.[1] ?? top?.length('depth') ?? (square || round ? (wide ?? Math.max(w0, d0)) : d0),
    legLong === undefined ? h0 : legLong + (topThick ?? 0.04),
  ];
  const { size, stated } = readExtents(reader, { size: start, loose: true, round: round || square });
  const [w, d, h] = size;
  const thick =
    topThick ?? Math.min(0.04, h * 0.08) * reader.factor('thickness') * (top?.factor('thickness') ?? 1);
  if (thick >= h)
    throw invalid('thickness of the top', showLength(thick), `is not less than the height ${showLength(h)}`);
  if (legLong !== undefined && stated[2] !== undefined && Math.abs(legLong + thick - h) > h * 0.001) {
    throw invalid(
      'height',
      showLength(h),
      `contradicts legs of ${showLength(legLong)} under a top of ${showLength(thick)}`,
    );
  }
  const parts = { w, d, h, thick, round, top, leg };
  const node = paint(reader.material(WOOD), union(...partsOf(reader, kit, parts)));
  const known = [
    dims?.[0] ?? stated[0],
    dims?.[1] ?? stated[1],
    stated[2] ?? (legLong && topThick ? h : undefined),
  ] as const;
  return { node, stated: known };
}

interface Shape {
  readonly w: number;
  readonly d: number;
  readonly h: number;
  readonly thick: number;
  readonly round: boolean;
  readonly top: Reader | undefined;
  readonly leg: Reader | undefined;
}

function partsOf(reader: Reader, kit: Kit, shape: Shape) {
  const { w, d, h, thick, round, top, leg } = shape;
  const body = reader.material(WOOD);
  const board = round
    ? cylinder(w / 2, thick, kit.n)
    : box(w, d, thick, Math.min(bevel(kit, 0.004), thick * 0.3), kit.small);
  const count = reader.count(leg, 4, 1, 12);
  const said = leg?.length('thickness', 'width', 'size', 'side') ?? leg?.diameter('');
  const roundLeg = leg?.flag('round') !== undefined || (round && count === 1);
  leg?.flag('square', 'straight');
  const usual =
    Math.min(0.06, Math.min(w, d) * 0.1) * (count === 1 ? 2 : 1) * (leg?.factor('thickness', 'all') ?? 1);
  const legThick = said ?? usual * (kit.style === 'stylized' ? 1.5 : 1);
  if (legThick > Math.min(w, d)) throw invalid('leg', showLength(legThick), `is wider than the top`);
  // Within a round top the feet stand on a smaller square; legs reach into the top so that they are one solid.
  const inner = round ? Math.SQRT1_2 : 1;
  const spec = {
    count,
    width: w * inner,
    depth: d * inner,
    height: h - thick / 2,
    thick: legThick,
    round: roundLeg,
  };
  const foot = count === 1 ? [cylinder(Math.min(w, d) * 0.3, Math.min(thick, h / 10), kit.n)] : [];
  return [
    paint(top?.material(body) ?? body, move(0, 0, h - thick, board)),
    paint(leg?.material(body) ?? body, union(legs(kit, spec), ...foot)),
    ...extrasOf(reader, { ...shape, legThick }),
  ];
}

function extrasOf(reader: Reader, { w, d, h, thick, legThick }: Shape & { legThick: number }) {
  const body = reader.material(WOOD);
  const extras = [];
  const drawer = reader.part('drawer');
  const drawers = reader.count(drawer, drawer ? 1 : 0, 0, 6);
  const deep = h * 0.16;
  for (let i = 0; i < drawers; i++) {
    const wide = (w - 2 * legThick) / drawers;
    const x = -w / 2 + legThick + wide * (i + 0.5);
    const front = -d / 2 + legThick * 0.4;
    const bottom = h - thick - deep;
    const chest = move(x, 0, bottom, box(wide + 0.001, d - legThick * 0.8, deep + thick / 2));
    const knob = move(x, front, bottom + deep / 2, box(wide * 0.25, legThick * 0.8, deep * 0.15));
    extras.push(paint(drawer?.material(body) ?? body, chest), paint(materialOf('steel'), knob));
  }
  const shelf = reader.part('shelf');
  if (shelf && reader.count(shelf, 1, 0, 1) > 0) {
    const board = box(w - legThick, d - legThick, thick * 0.7);
    extras.push(paint(shelf.material(body), move(0, 0, h * 0.25, board)));
  }
  return extras;
}

export const TABLES: readonly Thing[] = [
  tableLike('table', ['dining table', 'kitchen table', 'side table'], [1.2, 0.7, 0.75]),
  tableLike('coffee table', [], [1.1, 0.6, 0.42]),
  tableLike('desk', ['writing desk', 'workbench'], [1.4, 0.7, 0.74]),
];
