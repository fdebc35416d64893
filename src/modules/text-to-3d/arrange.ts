import type { Phrase } from './phrase.ts';
import { middleOf, moved, type Placed, sizeOf } from './placing.ts';
import { type Node, turn, union } from './program.ts';
import { invalid } from './quantities.ts';
import { type Note, type Reader, showLength } from './reader.ts';

/** Puts several things in a row, ring, grid or stack. */
export function arrange(copies: readonly Placed[], phrase: Phrase, reader: Reader, notes: Note[]): Node {
  const kind = phrase.arrangement?.kind ?? 'row';
  const placed = layOut(kind, copies, phrase, reader);
  const words = phrase.arrangement?.words ?? `${copies.length} ${phrase.words}`;
  notes.push({
    words,
    meaning: `${copies.length} in a ${kind}${describeSpacing(placed)}${readAsGap(phrase, copies)}`,
  });
  return union(...placed.map(({ node }) => node));
}

/** "1 cm apart" of cubes of 2 cm can only be the air between them. */
function readAsGap(phrase: Phrase, [first]: readonly Placed[]): string {
  const spacing = phrase.arrangement?.spacing;
  const inside = first && spacing !== undefined && spacing < sizeOf(first.box, 0) * (1 - 1e-9);
  return inside ? `: ${showLength(spacing)} is read as the gap, since centres that close would overlap` : '';
}

function layOut(kind: string, copies: readonly Placed[], phrase: Phrase, reader: Reader): Placed[] {
  switch (kind) {
    case 'ring':
      return ring(copies, phrase, reader);
    case 'stack':
      return stack(copies, phrase);
    case 'grid':
      return grid(copies, phrase);
    case 'column':
      return line(copies, phrase, 1);
    default:
      return line(copies, phrase, 0);
  }
}

function describeSpacing(placed: readonly Placed[]): string {
  const [a, b] = placed;
  if (!a || !b) return '';
  const apart = Math.hypot(...[0, 1, 2].map((axis) => middleOf(a.box, axis) - middleOf(b.box, axis)));
  return `, ${showLength(apart)} from centre to centre`;
}

/** Distance between centres: "5 cm apart" unless that would be inside each other, where it is the gap. */
function pitchOf(size: number, phrase: Phrase): number {
  const { spacing, gap } = phrase.arrangement ?? {};
  if (gap !== undefined) return size + gap;
  if (spacing === undefined) return size * 1.5;
  return spacing < size * (1 - 1e-9) ? size + spacing : spacing;
}

function line(copies: readonly Placed[], phrase: Phrase, axis: 0 | 1): Placed[] {
  const unequal = copies.some(
    ({ box }) => Math.abs(sizeOf(box, axis) - sizeOf(copies[0]?.box ?? box, axis)) > 1e-12,
  );
  if (unequal) return unequalLine(copies, phrase, axis);
  const size = copies[0] ? sizeOf(copies[0].box, axis) : 0;
  const pitch = pitchOf(size, phrase);
  return copies.map((copy, i) => {
    const at = (i - (copies.length - 1) / 2) * pitch;
    return axis === 0 ? moved(copy, at, 0, 0) : moved(copy, 0, at, 0);
  });
}

/** Things of different size keep the same air between them. */
function unequalLine(copies: readonly Placed[], phrase: Phrase, axis: 0 | 1): Placed[] {
  const mean = copies.reduce((sum, { box }) => sum + sizeOf(box, axis), 0) / copies.length;
  const gap = phrase.arrangement?.gap ?? phrase.arrangement?.spacing ?? mean * 0.5;
  let edge = 0;
  return copies.map((copy) => {
    const at = edge - (copy.box.min[axis] ?? 0);
    edge += sizeOf(copy.box, axis) + gap;
    return axis === 0 ? moved(copy, at, 0, 0) : moved(copy, 0, at, 0);
  });
}

function stack(copies: readonly Placed[], phrase: Phrase): Placed[] {
  const { gap = 0, spacing } = phrase.arrangement ?? {};
  let top: number | undefined;
  return copies.map((copy) => {
    const high = sizeOf(copy.box, 2);
    const air = spacing === undefined ? gap : spacing < high * (1 - 1e-9) ? spacing : spacing - high;
    const z = top === undefined ? 0 : top + air - copy.box.min[2];
    const put = moved(copy, 0, 0, z);
    top = put.box.max[2];
    return put;
  });
}

function ring(copies: readonly Placed[], phrase: Phrase, reader: Reader): Placed[] {
  const count = copies.length;
  const box = copies[0]?.box;
  const wide = box ? Math.hypot(sizeOf(box, 0), sizeOf(box, 1)) : 0;
  const least = wide / (2 * Math.sin(Math.PI / Math.max(2, count)));
  const said = phrase.arrangement?.radius ?? reader.forgive('radius') ?? half(reader.forgive('diameter'));
  const spaced = phrase.arrangement?.spacing;
  const radius =
    said ??
    (spaced
      ? spaced / (2 * Math.sin(Math.PI / count))
      : Math.max(least * 1.25, (phrase.arrangement?.clear ?? 0) + wide * 0.7));
  if (radius <= 0) throw invalid('radius of the ring', showLength(radius), 'must be more than 0');
  reader.say(phrase.arrangement?.words ?? 'ring', `centres on a circle of radius ${showLength(radius)}`);
  return copies.map((copy, i) => {
    const degrees = (360 * i) / count;
    const angle = (degrees * Math.PI) / 180;
    // fronts towards the middle, as chairs stand around a table
    const facing = { node: turn(0, 0, degrees - 90, copy.node), box: copy.box };
    return moved(facing, radius * Math.cos(angle), radius * Math.sin(angle), 0);
  });
}

const half = (value: number | undefined): number | undefined => value && value / 2;

function grid(copies: readonly Placed[], phrase: Phrase): Placed[] {
  const columns = phrase.arrangement?.grid?.[0] ?? Math.ceil(Math.sqrt(copies.length));
  const box = copies[0]?.box;
  if (!box) return [];
  const rows = Math.ceil(copies.length / columns);
  const x = pitchOf(sizeOf(box, 0), phrase);
  const y = pitchOf(sizeOf(box, 1), phrase);
  return copies.map((copy, i) =>
    moved(copy, ((i % columns) - (columns - 1) / 2) * x, (Math.floor(i / columns) - (rows - 1) / 2) * y, 0),
  );
}
