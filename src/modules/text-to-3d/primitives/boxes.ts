import { type ExtentSpec, type Extents, readExtents } from '../extents.ts';
import { materialOf } from '../palette.ts';
import { box, difference, move, type Node, paint } from '../program.ts';
import { invalid } from '../quantities.ts';
import { type Reader, showLength } from '../reader.ts';
import type { Built, Kit, Thing } from '../thing.ts';
import { drill } from './holes.ts';

export const PLAIN = { ...materialOf('plastic'), name: 'plain', color: [0.45, 0.55, 0.66] as const };
const CAVITY_PARTS = ['hole', 'wall', 'lid'];

const cube: Thing = {
  id: 'cube',
  parts: CAVITY_PARTS,
  build(reader, kit) {
    reader.flag('square', 'solid', 'cubic', 'regular');
    if (reader.countOf('side') === 6) reader.say('6 sides', 'what every cube has');
    const edges = ['side', 'size', 'width', 'height', 'depth', 'length', 'across', 'thickness'];
    const edge = reader.length(...edges);
    const dims = reader.lengths('dims');
    const usual = 0.1 * reader.factor('all');
    const size = [0, 1, 2].map((axis) => dims?.[axis] ?? edge ?? dims?.[0] ?? usual) as [
      number,
      number,
      number,
    ];
    if (edge === undefined && !dims) reader.say(reader.name, `cube, edges ${showLength(usual)} (not said)`);
    else reader.say(reader.name, 'cube');
    if (dims?.length === 2 && edge === undefined)
      reader.say(reader.name, `third size ${showLength(size[2])} (not said)`);
    if (dims && new Set(size).size > 1) reader.say('cube', 'its three sizes differ, so it is a box');
    return finishBox(
      reader,
      kit,
      { size, stated: dims || edge !== undefined ? size : [undefined, undefined, undefined] },
      false,
    );
  },
};

function boxLike(id: string, words: readonly string[], spec: ExtentSpec, flat = false): Thing {
  return {
    id,
    words,
    parts: CAVITY_PARTS,
    build(reader, kit) {
      reader.flag('rectangular', 'solid', 'straight', 'regular');
      const square = reader.flag('square', 'cubic');
      const extents = readExtents(reader, square && flat ? { ...spec, round: true } : spec);
      return finishBox(reader, kit, extents, flat);
    },
  };
}

function finishBox(reader: Reader, kit: Kit, { size, stated }: Extents, flat: boolean): Built {
  const [x, y, z] = size;
  const least = Math.min(x, y, z);
  const asked = reader.flag('rounded') !== undefined;
  const rounded = asked || kit.style === 'stylized';
  const round = rounded ? least * (asked ? 0.2 : 0.1) : 0;
  const outer = box(x, y, z, round, kit.small);
  const wall = readWall(reader, least);
  const hollow = wall === undefined ? outer : difference(outer, cavityOf(reader, size, wall));
  const node = paint(reader.material(PLAIN), drill(reader, kit, { node: hollow, size, flat }));
  const solid = round === 0 && wall === undefined && reader.phrase.parts.length === 0;
  return { node, stated, ...(solid ? { volume: x * y * z } : {}) };
}

/** Wall thickness of something hollow; undefined where it is solid. */
export function readWall(reader: Reader, least: number): number | undefined {
  const part = reader.part('wall');
  const said = part?.length('thickness', 'size', 'width');
  const factor = part?.factor('thickness') ?? 1;
  const hollow = reader.flag('hollow', 'open');
  const lid = reader.phrase.parts.some((other) => other.noun.id === 'lid');
  if (said === undefined && hollow === undefined && !part && !lid) return undefined;
  const wall = said ?? least * 0.08 * factor;
  if (said === undefined) reader.say(hollow ?? 'walls', `walls ${showLength(wall)} thick (not said)`);
  if (wall * 2 >= least) {
    throw invalid('wall thickness', showLength(wall), `leaves no room inside ${showLength(least)}`);
  }
  return wall;
}

/** Is the top open: "open", "no lid", "without a lid"? */
export function readOpenTop(reader: Reader): boolean {
  const open = reader.flag('open') !== undefined;
  const closed = reader.flag('closed') !== undefined;
  const lid = reader.part('lid');
  return lid ? lid.absent : open && !closed;
}

function cavityOf(reader: Reader, [x, y, z]: Extents['size'], wall: number): Node {
  const open = readOpenTop(reader);
  if (!open) reader.say('hollow', 'closed on all sides, with a cavity');
  const height = open ? z : z - 2 * wall;
  return move(0, 0, wall, box(x - 2 * wall, y - 2 * wall, height));
}

export const BOXES: readonly Thing[] = [
  cube,
  boxLike('box', ['cuboid', 'block', 'rectangular prism', 'container', 'crate', 'rectangular box'], {
    size: [0.1, 0.1, 0.1],
  }),
  boxLike('brick', [], { size: [0.215, 0.1025, 0.065] }),
  boxLike('plate', ['slab', 'panel', 'sheet', 'tile'], { size: [0.2, 0.15, 0.01], thicknessAxis: 2 }, true),
  boxLike('beam', ['bar', 'plank', 'board', 'square rod', 'square bar'], {
    size: [0.5, 0.06, 0.03],
    thicknessAxis: 2,
    widthAxis: 1,
  }),
];
