import { ModuleError } from '../module.ts';
import type { Box, Workshop } from './build.ts';
import type { Phrase, Placement } from './phrase.ts';
import { move, type Node, scale } from './program.ts';

/** A node and where it is. */
export interface Placed {
  readonly node: Node;
  readonly box: Box;
}

export const sizeOf = (box: Box, axis: number): number => (box.max[axis] ?? 0) - (box.min[axis] ?? 0);
export const middleOf = (box: Box, axis: number): number => ((box.max[axis] ?? 0) + (box.min[axis] ?? 0)) / 2;

export function moved({ node, box }: Placed, x: number, y: number, z: number): Placed {
  const shift = (point: readonly [number, number, number]) =>
    [point[0] + x, point[1] + y, point[2] + z] as const;
  return { node: move(x, y, z, node), box: { min: shift(box.min), max: shift(box.max) } };
}

/** Things in a row along x, standing on the ground, with air between them. */
export function placeInRow(
  groups: readonly Placed[],
  said: { gap?: number; spacing?: number } = {},
): Placed[] {
  const row: Placed[] = [];
  for (const group of groups) {
    const before = row.at(-1)?.box;
    if (!before) {
      row.push(group);
      continue;
    }
    const gap = said.gap ?? 0.25 * Math.max(sizeOf(group.box, 0), sizeOf(before, 0));
    const beside = before.max[0] + gap - group.box.min[0];
    const apart = middleOf(before, 0) + (said.spacing ?? 0) - middleOf(group.box, 0);
    row.push(moved(group, said.spacing === undefined ? beside : apart, 0, 0));
  }
  return row;
}

interface Wish {
  readonly placement: Placement;
  readonly what: Phrase;
}

/** Puts one thing by another. */
export function place(workshop: Workshop, { placement, what }: Wish, own: Placed, target: Placed): Placed {
  const { relation, distance } = placement;
  const centre = (axis: number): number => middleOf(target.box, axis) - middleOf(own.box, axis);
  const x = centre(0);
  const y = centre(1);
  const ground = target.box.min[2] - own.box.min[2];
  const air = (axis: number): number =>
    distance ?? 0.25 * Math.max(sizeOf(own.box, axis), sizeOf(target.box, axis));
  switch (relation) {
    case 'on':
      return moved(own, x, y, target.box.max[2] - own.box.min[2] + touch(workshop, own, target));
    case 'above':
      return moved(own, x, y, target.box.max[2] - own.box.min[2] + (distance ?? sizeOf(own.box, 2) * 0.5));
    case 'under':
      return moved(own, x, y, underOf(workshop, own, target, distance));
    case 'left':
      return moved(own, target.box.min[0] - own.box.max[0] - air(0), y, ground);
    case 'right':
    case 'beside':
      return moved(own, target.box.max[0] - own.box.min[0] + air(0), y, ground);
    case 'front':
      return moved(own, x, target.box.min[1] - own.box.max[1] - air(1), ground);
    case 'behind':
      return moved(own, x, target.box.max[1] - own.box.min[1] + air(1), ground);
    case 'inside':
      return inside(workshop, what, own, target);
    case 'around':
      return moved(own, x, y, ground);
  }
}

/** Things that would touch in a point or a line keep a hair of air: such a contact has no inside. */
function touch(workshop: Workshop, own: Placed, target: Placed): number {
  const tall = Math.max(sizeOf(own.box, 2), sizeOf(target.box, 2));
  const foot = sliceArea(workshop, own, own.box.min[2] + 1e-4 * sizeOf(own.box, 2));
  const head = sliceArea(workshop, target, target.box.max[2] - 1e-4 * sizeOf(target.box, 2));
  const flat = (area: number, { box }: Placed) => area > 2e-3 * sizeOf(box, 0) * sizeOf(box, 1);
  return flat(foot, own) && flat(head, target) ? 0 : 1e-5 * tall;
}

function sliceArea(workshop: Workshop, { node }: Placed, height: number): number {
  const section = workshop.build(node).manifold.slice(height);
  const area = section.area();
  section.delete();
  return area;
}

/** Under a thing with room beneath it (a table) on the ground; else the thing is lifted, which is the same. */
function underOf(workshop: Workshop, own: Placed, target: Placed, distance?: number): number {
  const onGround = target.box.min[2] - own.box.min[2];
  const centred = moved(
    own,
    middleOf(target.box, 0) - middleOf(own.box, 0),
    middleOf(target.box, 1) - middleOf(own.box, 1),
    onGround,
  );
  const free = distance === undefined && meets(workshop, centred, target) === 0;
  if (free) return onGround;
  return target.box.min[2] - own.box.max[2] - (distance ?? 0) - touch(workshop, target, own);
}

/** Volume that two things share. */
export function meets(workshop: Workshop, a: Placed, b: Placed): number {
  const common = workshop.build(a.node).manifold.intersect(workshop.build(b.node).manifold);
  const volume = common.volume();
  common.delete();
  return volume;
}

/** Sizes that a thing whose own size is not said may take on to fit into another. */
const SHRINKS = [1, 0.75, 0.55, 0.4, 0.25];

function inside(workshop: Workshop, what: Phrase, own: Placed, target: Placed): Placed {
  const free = what.measures.length === 0 && what.companions.length === 0;
  for (const by of free ? SHRINKS : [1]) {
    const put = rest(workshop, by === 1 ? own : shrunk(own, by), target);
    if (put) return put;
  }
  const fits = [0, 1, 2].every((axis) => sizeOf(own.box, axis) < sizeOf(target.box, axis));
  const why = fits ? ': what it is put into is solid, or has too little room' : '';
  throw new ModuleError('invalid_prompt', `the ${what.words} does not fit inside${why}`, {
    hint: 'Make the outer thing hollow ("inside a hollow sphere"), or the inner one smaller.',
    details: { field: 'inside', value: what.words },
  });
}

function shrunk({ node, box }: Placed, by: number): Placed {
  const times = (point: readonly [number, number, number]) =>
    [point[0] * by, point[1] * by, point[2] * by] as const;
  return { node: scale(by, by, by, node), box: { min: times(box.min), max: times(box.max) } };
}

/** The lowest place where it touches nothing and is still within: on the floor of what is hollow. */
function rest(workshop: Workshop, own: Placed, target: Placed): Placed | undefined {
  const x = middleOf(target.box, 0) - middleOf(own.box, 0);
  const y = middleOf(target.box, 1) - middleOf(own.box, 1);
  const [tall, room] = [sizeOf(own.box, 2), sizeOf(target.box, 2)];
  const least = 1e-9 * workshop.build(own.node).manifold.volume();
  for (let i = 1; i <= 60; i++) {
    const bottom = (room * i) / 60;
    // At most half of it may look out.
    if (bottom + tall / 2 > room) return undefined;
    const put = moved(own, x, y, target.box.min[2] + bottom - own.box.min[2]);
    if (meets(workshop, put, target) <= least) return put;
  }
  return undefined;
}
