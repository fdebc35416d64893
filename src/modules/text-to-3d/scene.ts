import { ModuleError } from '../module.ts';
import { arrange } from './arrange.ts';
import type { Box, Workshop } from './build.ts';
import { thingOf } from './catalog.ts';
import { materialOfLook } from './palette.ts';
import type { Phrase } from './phrase.ts';
import { meets, type Placed, place, placeInRow, sizeOf } from './placing.ts';
import {
  difference,
  intersection,
  move,
  type Node,
  paintWalls,
  scale,
  turn,
  union,
  type Vec3,
} from './program.ts';
import { type Note, Reader, showLength } from './reader.ts';
import { alone, amount, aPart, misplaced, tooDeep, unequal } from './scene-errors.ts';
import { refuseUnusedPlaces } from './spaces.ts';
import type { Kit } from './thing.ts';

/** A stated length that the finished thing must have, or a volume it must enclose. */
export interface Check {
  readonly what: string;
  readonly expected: number;
  readonly measured: number;
}

export interface Scene {
  readonly node: Node;
  readonly notes: readonly Note[];
  readonly checks: readonly Check[];
  readonly warnings: readonly string[];
}

interface Making {
  readonly workshop: Workshop;
  readonly kit: Kit;
  readonly notes: Note[];
  readonly checks: Check[];
  readonly warnings: string[];
  /** of several things: what is said of how it stands may be meant of them all */
  readonly last: Phrase | undefined;
}

/** Makes every thing of the prompt and puts it in its place. */
export function makeScene(phrases: readonly Phrase[], workshop: Workshop, kit: Kit): Scene {
  const making: Making = {
    workshop,
    kit,
    notes: [],
    checks: [],
    warnings: [],
    last: phrases.length > 1 ? phrases.at(-1) : undefined,
  };
  const groups: Placed[] = [];
  let head: Placed | undefined;
  for (const phrase of phrases) {
    const { placed, related } = makeGroup(making, phrase, head);
    if (related && groups.length > 0) groups[groups.length - 1] = joined(workshop, groups.at(-1), placed);
    else groups.push(placed);
    head = related ? head : placed;
  }
  if (groups.length > 1)
    making.notes.push({ words: 'and', meaning: 'things without a place stand in a row, left to right' });
  const row = placeInRow(groups, groups.length > 1 ? rowOf(phrases, making) : {});
  return {
    node: union(...row.map(({ node }) => node)),
    notes: making.notes,
    checks: making.checks,
    warnings: making.warnings,
  };
}

/** "A cube and a ball 5 cm apart": said of the last, meant of the row. */
function rowOf(phrases: readonly Phrase[], { notes }: Making): { gap?: number; spacing?: number } {
  const { arrangement, count } = phrases.at(-1) ?? {};
  if (arrangement?.kind !== 'row' || count !== undefined) return {};
  notes.push({ words: arrangement.words, meaning: 'how the things stand to each other' });
  return arrangement;
}

/** Things that keep their place to each other, as one. */
function joined(workshop: Workshop, before: Placed | undefined, added: Placed): Placed {
  if (!before) return added;
  return measured(workshop, union(before.node, added.node));
}

const measured = (workshop: Workshop, node: Node): Placed => ({ node, box: workshop.build(node).box });

/** A phrase with all that is placed by it: what it stands on, what stands on it. */
function makeGroup(making: Making, phrase: Phrase, before?: Placed): { placed: Placed; related: boolean } {
  const { workshop } = making;
  const around = phrase.placement?.relation === 'around' ? targetOf(making, phrase, before) : undefined;
  let own = makeAll(making, around ? ringed(phrase, around) : phrase);
  for (const other of phrase.companions) {
    const made = makeAll(making, other);
    const placement = other.placement ?? { relation: 'beside' as const, words: 'with' };
    const target = placement.target ? makeGroup(making, placement.target).placed : own;
    const put = place(workshop, { placement, what: other }, made, target);
    notePlace(making, other, made, { put, target });
    own = measured(workshop, union(own.node, put.node, ...(placement.target ? [target.node] : [])));
    if (other.companions.length > 0) throw tooDeep(other);
  }
  if (phrase.fellows.length > 0) {
    const row = placeInRow([...phrase.fellows.map((other) => makeGroup(making, other).placed), own]);
    own = measured(workshop, union(...row.map(({ node }) => node)));
  }
  const { placement } = phrase;
  if (!placement) return { placed: own, related: false };
  const target = around ?? targetOf(making, phrase, before);
  if (!target) throw misplaced(phrase);
  const put = place(workshop, { placement, what: phrase }, own, target);
  notePlace(making, phrase, own, { put, target });
  if (!placement.target) return { placed: put, related: true };
  return { placed: measured(workshop, union(target.node, put.node)), related: false };
}

const targetOf = (making: Making, { placement }: Phrase, before?: Placed): Placed | undefined =>
  placement?.target ? makeGroup(making, placement.target).placed : before;

/** Several things around another stand in a ring that leaves it free. */
function ringed(phrase: Phrase, { box }: Placed): Phrase {
  const clear = Math.hypot(sizeOf(box, 0), sizeOf(box, 1)) / 2;
  const words = phrase.arrangement?.words ?? phrase.placement?.words ?? 'around';
  return { ...phrase, arrangement: { ...phrase.arrangement, kind: 'ring', words, clear } };
}

function notePlace(
  { notes, warnings, workshop }: Making,
  phrase: Phrase,
  own: Placed,
  { put, target }: { put: Placed; target: Placed },
): void {
  const shrunk = sizeOf(put.box, 0) / sizeOf(own.box, 0);
  const smaller = shrunk < 0.99 ? `, made ${shrunk.toFixed(2)} times as large to fit` : '';
  const { words, relation, distance } = phrase.placement ?? { words: 'with', relation: 'beside' };
  const apart = distance === undefined ? '' : `, ${showLength(distance)} between the two`;
  notes.push({ words, meaning: `${phrase.words}: ${MEANINGS[relation] ?? relation}${apart}${smaller}` });
  const least = 1e-6 * workshop.build(put.node).manifold.volume();
  if (meets(workshop, put, target) > least)
    warnings.push(`the ${phrase.words} and what it is placed by overlap`);
}

const MEANINGS: Readonly<Record<string, string>> = {
  on: 'standing on it',
  above: 'above it, with air between',
  under: 'under it',
  beside: 'beside it, on the right',
  left: 'on the left of it',
  right: 'on the right of it',
  front: 'in front of it',
  behind: 'behind it',
  inside: 'inside it',
  around: 'around it, on the same centre',
};

/** One thing, or as many as were said, arranged. */
function makeAll(making: Making, phrase: Phrase): Placed {
  const { workshop, notes } = making;
  const counted = phrase.count ?? (phrase.flags.includes('some') ? 3 : undefined);
  const count = counted ?? listLength(phrase) ?? gridCount(phrase) ?? 1;
  const list = listLength(phrase);
  const most = 400;
  if (count < 1 || count > most) throw amount(phrase, count, most);
  if (list !== undefined && list !== count) throw unequal(phrase, list, count);
  refuseUnusedPlaces(phrase, count);
  if (count === 1 && phrase.arrangement && (phrase !== making.last || phrase.arrangement.kind !== 'row'))
    throw alone(phrase);
  const first = makeOne(making, phrase, 0);
  const readers = [first];
  for (let i = 1; i < (list ?? 1); i++) readers.push(makeOne(making, phrase, i));
  const copies = Array.from({ length: count }, (_, i) => (readers[i] ?? first).placed);
  const group = count === 1 ? first.placed : measured(workshop, arrange(copies, phrase, first.reader, notes));
  const parts = copies.reduce((sum, { node }) => sum + workshop.build(node).manifold.volume(), 0);
  if (workshop.build(group.node).manifold.volume() < parts * (1 - 1e-6)) {
    making.warnings.push(`the ${count} ${phrase.words} overlap`);
  }
  refuseLeftovers(first.reader);
  return turned(workshop, phrase, group, notes);
}

function makeOne(making: Making, phrase: Phrase, index: number): { placed: Placed; reader: Reader } {
  const { workshop, kit, notes, checks } = making;
  const thing = thingOf(phrase.noun.id);
  if (!thing) throw aPart(phrase);
  const reader = new Reader(phrase, notes, index);
  reader.flag('some');
  const built = thing.build(reader, kit);
  if (index === 0) making.warnings.push(...reader.warnings);
  const node = built.fit ? fitted(workshop, built.node, built.fit) : built.node;
  const { box, manifold } = workshop.build(node);
  for (const [axis, expected] of (built.stated ?? []).entries()) {
    const name = ['width', 'depth', 'height'][axis] ?? '';
    const size = (box.max[axis] ?? 0) - (box.min[axis] ?? 0);
    if (expected !== undefined)
      checks.push({ what: `${name} of the ${reader.name}`, expected, measured: size });
  }
  const exact = kit.style === 'realistic' && kit.detail !== 'low';
  if (built.volume !== undefined && exact) {
    checks.push({
      what: `volume of the ${reader.name}`,
      expected: built.volume,
      measured: manifold.volume(),
    });
  }
  return { placed: withCuts(making, phrase, { node, box }), reader };
}

/** Scaled to a size over all, centred, and stood on the ground. */
function fitted(workshop: Workshop, node: Node, size: Vec3): Node {
  const { box } = workshop.build(node);
  const by = [0, 1, 2].map((axis) => {
    const factor = (size[axis] ?? 1) / sizeOf(box, axis);
    return Math.abs(factor - 1) < 1e-9 ? 1 : factor;
  });
  const shift = [middle(box, 0), middle(box, 1), box.min[2]].map((at, axis) => -at * (by[axis] ?? 1));
  const near = shift.map((at) => (Math.abs(at) < 1e-12 ? 0 : at));
  const scaled = scale(by[0] ?? 1, by[1] ?? 1, by[2] ?? 1, node);
  return move(near[0] ?? 0, near[1] ?? 0, near[2] ?? 0, scaled);
}

/** `a cube minus a sphere`: what is taken away is centred in it. */
function withCuts(making: Making, phrase: Phrase, own: Placed): Placed {
  if (phrase.cuts.length + phrase.commons.length === 0) return own;
  const { workshop } = making;
  let node = own.node;
  if (phrase.cuts.length > 0)
    node = difference(node, ...phrase.cuts.map((other) => centred(making, other, own)));
  if (phrase.commons.length > 0)
    node = intersection(node, ...phrase.commons.map((other) => centred(making, other, own)));
  making.notes.push({
    words: phrase.cuts.length > 0 ? 'minus' : 'intersected with',
    meaning: 'both centred on each other',
  });
  if (!workshop.build(node).manifold.isEmpty()) return measured(workshop, node);
  throw new ModuleError('invalid_prompt', `Nothing is left of the ${phrase.words}.`, {
    hint: 'Make what is taken away smaller.',
    details: { field: 'minus', value: phrase.words },
  });
}

/** Shares of the smallest side that a cutter takes where its size is not said, so that it breaks through. */
const CUTTERS: Readonly<Record<string, Vec3>> = {
  sphere: [1.25, 1.25, 1.25],
  cylinder: [0.5, 0.5, 1.3],
  rod: [0.3, 0.3, 1.3],
};

function centred(making: Making, other: Phrase, base: Placed): Node {
  if (other.companions.length > 0) throw tooDeep(other);
  const { placed } = makeGroup(making, other);
  const said = other.measures.length > 0 || other.flags.length > 0;
  const share = CUTTERS[other.noun.id] ?? [0.62, 0.62, 0.62];
  const least = Math.min(...[0, 1, 2].map((axis) => sizeOf(base.box, axis)));
  const by = [0, 1, 2].map((axis) => (said ? 1 : ((share[axis] ?? 1) * least) / sizeOf(placed.box, axis)));
  if (!said)
    making.notes.push({
      words: other.words,
      meaning: `${other.noun.id}: size not said, taken to suit what it is combined with`,
    });
  const [sx = 1, sy = 1, sz = 1] = by;
  const [x, y, z] = by.map((factor, axis) => middle(base.box, axis) - factor * middle(placed.box, axis));
  const cutter = move(x ?? 0, y ?? 0, z ?? 0, scale(sx, sy, sz, placed.node));
  return paintWalls(materialOfLook(other.look), cutter);
}

const middle = (box: Box, axis: number): number => ((box.min[axis] ?? 0) + (box.max[axis] ?? 0)) / 2;

function turned(workshop: Workshop, phrase: Phrase, group: Placed, notes: Note[]): Placed {
  const reader = phrase.turns.filter(({ by }) => by.some((angle) => angle !== 0));
  for (const { words, by } of phrase.turns)
    notes.push({ words, meaning: `turned by ${by.join(', ')} degrees about x, y, z` });
  if (reader.length === 0) return group;
  const node = reader.reduce((inner, { by }) => turn(by[0], by[1], by[2], inner), group.node);
  const { box } = measured(workshop, node);
  return measured(workshop, move(-middle(box, 0), -middle(box, 1), -box.min[2], node));
}

function refuseLeftovers(reader: Reader): void {
  const left = reader.leftovers();
  if (left.length === 0) return;
  const words = left.map((word) => `"${word}"`).join(', ');
  throw new ModuleError('unsupported_prompt', `A ${reader.name} cannot be made with ${words}.`, {
    hint: `Leave out ${words}, or say it of something else.`,
    details: { unknown: left, suggestions: {} },
  });
}

const listLength = (phrase: Phrase): number | undefined =>
  phrase.measures.find(({ key, values }) => key !== 'dims' && key !== 'base' && values.length > 1)?.values
    .length;
const gridCount = ({ arrangement }: Phrase): number | undefined =>
  arrangement?.grid && arrangement.grid[0] * arrangement.grid[1];
