import { invalid } from './quantities.ts';
import { type Reader, showLength } from './reader.ts';

export interface ExtentSpec {
  /** usual width, depth and height in metres */
  readonly size: readonly [number, number, number];
  /** axis of one bare length: "a 2 m table" */
  readonly main?: 0 | 1 | 2;
  /** axes of two lengths: "120 by 80 cm" */
  readonly pair?: readonly [number, number];
  readonly lengthAxis?: 0 | 1 | 2;
  /** with a length along x the width runs along y, as cars and bridges have it */
  readonly widthAxis?: 0 | 1;
  readonly thicknessAxis?: 0 | 1 | 2;
  /** as wide as deep: takes a diameter */
  readonly round?: boolean;
  /** lengths not said keep their usual value unless the thing is far from its usual size */
  readonly loose?: boolean;
}

export interface Extents {
  readonly size: readonly [number, number, number];
  readonly stated: readonly [number | undefined, number | undefined, number | undefined];
}

const AXES = ['width', 'depth', 'height'] as const;

/** Width, depth and height of a thing from all ways of saying them; what is not said follows from what is. */
export function readExtents(reader: Reader, spec: ExtentSpec): Extents {
  const stated: (number | undefined)[] = [];
  const set = (axis: number, value: number | undefined, what: string): void => {
    if (value === undefined) return;
    const before = stated[axis];
    if (before !== undefined && Math.abs(before - value) > 1e-9 * before) {
      throw invalid(what, showLength(value), `contradicts ${showLength(before)} of the ${reader.name}`);
    }
    stated[axis] = value;
  };
  readDims(reader, spec, set);
  readKeys(reader, spec, stated, set);
  const size = fillIn(reader, spec, stated);
  describe(reader, size, stated);
  return { size, stated: [stated[0], stated[1], stated[2]] };
}

type Setter = (axis: number, value: number | undefined, what: string) => void;

function readDims(reader: Reader, spec: ExtentSpec, set: Setter): void {
  const dims = reader.lengths('dims');
  if (dims?.length === 3) for (const [axis, value] of dims.entries()) set(axis, value, 'size');
  const pair = spec.pair ?? (spec.round ? [0, 2] : [0, 1]);
  if (dims?.length === 2) for (const [i, value] of dims.entries()) set(pair[i] ?? 0, value, 'size');
  if (dims && spec.round) set(dims.length === 2 ? 1 : 0, dims[0], 'size');
}

function readKeys(
  reader: Reader,
  spec: ExtentSpec,
  stated: readonly (number | undefined)[],
  set: Setter,
): void {
  const across = spec.round
    ? (reader.diameter('', 'outer') ?? reader.length('across'))
    : reader.length('across');
  if (spec.round) for (const axis of [0, 1]) set(axis, across, 'diameter');
  else set(0, across, 'width');
  set(2, reader.length('height'), 'height');
  set(1, reader.length('depth'), 'depth');
  const length = reader.length('length');
  const lengthAxis = spec.lengthAxis ?? 0;
  set(lengthAxis, length, 'length');
  const widthAxis =
    (reader.has('depth') ? undefined : spec.widthAxis) ??
    (length !== undefined && lengthAxis === 0 && !reader.has('depth') ? 1 : 0);
  const width = reader.length('width');
  set(widthAxis, width, 'width');
  if (spec.round && width !== undefined) set(1 - widthAxis, width, 'width');
  if (spec.thicknessAxis !== undefined) {
    const thickness = reader.length('thickness');
    set(spec.thicknessAxis, thickness, 'thickness');
    if (spec.round && spec.thicknessAxis === 0) set(1, thickness, 'thickness');
  }
  const square = reader.length('side', 'base');
  for (const axis of [0, 1]) set(axis, square, 'side');
  const size = reader.length('size');
  const main = spec.main ?? 0;
  if (size !== undefined && stated[main] === undefined) set(main, size, 'size');
  else set(main, size, 'size');
  if (spec.round && main < 2) for (const axis of [0, 1]) set(axis, size, 'size');
}

function fillIn(
  reader: Reader,
  spec: ExtentSpec,
  stated: readonly (number | undefined)[],
): [number, number, number] {
  const ratios = stated.flatMap((value, axis) =>
    value === undefined ? [] : [value / (spec.size[axis] ?? 1)],
  );
  const mean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / Math.max(1, ratios.length));
  const guessed = reader.phrase.measures.find(({ assumed }) => assumed !== undefined);
  if (guessed && (mean < 0.1 || mean > 10))
    reader.warnings.push(
      `"${guessed.words}" was taken as ${guessed.assumed}, which is far from the usual size of a ${reader.name}: say the unit`,
    );
  const near = spec.loose === true && mean > 0.35 && mean < 2.8;
  const all = reader.factor('all') * (near ? 1 : mean);
  const said = AXES.map((axis) => reader.factor(axis));
  const length = reader.factor('length');
  const thick = reader.factor('thickness');
  const [w, d, h] = spec.size.map((usual, axis) => {
    const value = stated[axis];
    if (value !== undefined) return value;
    const along = axis === (spec.lengthAxis ?? 0) ? length : 1;
    const thin = (spec.thicknessAxis === undefined ? axis < 2 && !spec.loose : axis === spec.thicknessAxis)
      ? thick
      : 1;
    const square = spec.round && axis < 2 ? (stated[1 - axis] ?? 0) : 0;
    return square > 0 ? square : usual * all * (said[axis] ?? 1) * along * thin;
  });
  return [w ?? 0, spec.round && stated[1] === undefined ? (w ?? 0) : (d ?? 0), h ?? 0];
}

function describe(reader: Reader, size: readonly number[], stated: readonly (number | undefined)[]): void {
  const unsaid = AXES.filter((_, axis) => stated[axis] === undefined);
  const assumed = unsaid.length > 0 ? `; not said: ${unsaid.join(', ')}` : '';
  reader.say(
    reader.name,
    `${reader.phrase.noun.id}, ${size.map(showLength).join(' × ')} (width × depth × height${assumed})`,
  );
}
