import { cylinder, difference, move, paint, torus } from '../program.ts';
import { invalid } from '../quantities.ts';
import { type Reader, showLength } from '../reader.ts';
import type { Built, Kit, Thing } from '../thing.ts';
import { PLAIN } from './boxes.ts';

const { PI } = Math;

function tubeLike(
  id: string,
  words: readonly string[],
  usual: readonly [number, number],
  flat: boolean,
): Thing {
  return {
    id,
    words,
    parts: ['wall'],
    build: (reader, kit) => tubeOf(reader, kit, usual, flat),
  };
}

export function tubeOf(
  reader: Reader,
  kit: Kit,
  [across, tall]: readonly [number, number],
  flat: boolean,
): Built {
  reader.flag('hollow', 'round', 'straight', 'open');
  const part = reader.part('wall');
  const saidWall = part?.length('thickness', 'size') ?? (flat ? undefined : reader.length('thickness'));
  const saidHeight =
    reader.length('height', 'length', 'depth') ?? (flat ? reader.length('thickness') : undefined);
  const saidOuter = reader.diameter('outer', '') ?? reader.length('width', 'size', 'across');
  const { outer, inner } = solveTube(reader, saidOuter, saidWall, across);
  const h =
    saidHeight ?? (tall / across) * outer * reader.factor('height', 'length', flat ? 'thickness' : '');
  reader.say(
    reader.name,
    `${id(reader)}, outer ${showLength(outer)}, inner ${showLength(inner)}, ${showLength(h)} high`,
  );
  const node = difference(
    cylinder(outer / 2, h, kit.n),
    move(0, 0, -h / 10, cylinder(inner / 2, h * 1.2, kit.n)),
  );
  return {
    node: paint(reader.material(PLAIN), node),
    stated: [saidOuter, saidOuter, saidHeight],
    volume: (PI / 4) * h * (outer ** 2 - inner ** 2),
  };
}

const id = (reader: Reader): string => reader.phrase.noun.id;

function solveTube(reader: Reader, saidOuter: number | undefined, wall: number | undefined, usual: number) {
  const saidInner = reader.diameter('inner') ?? reader.length('inner size', 'inner width');
  const factor = reader.factor('all', 'width');
  const outer =
    saidOuter ??
    (saidInner !== undefined
      ? wall === undefined
        ? saidInner * 1.25
        : saidInner + 2 * wall
      : usual * factor);
  const inner = saidInner ?? (wall === undefined ? outer * 0.75 : outer - 2 * wall);
  if (inner <= 0)
    throw invalid('wall thickness', showLength(wall ?? 0), `leaves no bore in ${showLength(outer)}`);
  if (inner >= outer)
    throw invalid('inner diameter', showLength(inner), `is not less than the outer, ${showLength(outer)}`);
  if (wall !== undefined && Math.abs(outer - inner - 2 * wall) > 1e-6 * outer) {
    throw invalid(
      'wall thickness',
      showLength(wall),
      `contradicts diameters ${showLength(outer)} and ${showLength(inner)}`,
    );
  }
  return { outer, inner };
}

const ringThing: Thing = {
  id: 'torus',
  words: ['ring', 'donut', 'doughnut', 'hoop', 'circle'],
  build(reader, kit) {
    reader.flag('round', 'solid');
    const { major, minor, said } = solveTorus(reader);
    reader.say(reader.name, `torus, major radius ${showLength(major)}, minor radius ${showLength(minor)}`);
    const outer = 2 * (major + minor);
    return {
      node: paint(reader.material(PLAIN), move(0, 0, minor, torus(major, minor, kit.n, kit.n))),
      stated: said ? [outer, outer, 2 * minor] : [undefined, undefined, undefined],
      volume: 2 * PI * PI * major * minor * minor,
    };
  },
};

function solveTorus(reader: Reader): { major: number; minor: number; said: boolean } {
  const thick = reader.length('thickness', 'height', 'minor size', 'minor thickness');
  const minorSaid = reader.diameter('minor') ?? thick;
  const majorSaid = reader.diameter('major');
  const outer = reader.diameter('outer', '') ?? reader.length('size', 'width', 'across');
  const inner = reader.diameter('inner');
  const thin = reader.factor('thickness');
  const known =
    minorSaid ?? (outer && inner ? (outer - inner) / 2 : outer && majorSaid ? outer - majorSaid : undefined);
  const guess = (outer ?? majorSaid ?? inner ?? 0.1 * reader.factor('all')) * 0.2 * thin;
  const tube = known ?? guess;
  const around =
    majorSaid ??
    (outer !== undefined ? outer - tube : inner !== undefined ? inner + tube : (guess * 4) / thin);
  if (tube <= 0 || tube >= around) {
    throw invalid(
      'minor radius',
      showLength(tube / 2),
      `must be less than the major radius ${showLength(around / 2)}`,
    );
  }
  for (const [name, value, is] of [
    ['outer diameter', outer, around + tube],
    ['inner diameter', inner, around - tube],
  ] as const) {
    if (value !== undefined && Math.abs(value - is) > 1e-6 * is)
      throw invalid(name, showLength(value), `contradicts ${showLength(is)}`);
  }
  return {
    major: around / 2,
    minor: tube / 2,
    said: known !== undefined && (majorSaid ?? outer ?? inner) !== undefined,
  };
}

export const RINGS: readonly Thing[] = [
  tubeLike('tube', ['pipe', 'hollow cylinder', 'hollow tube'], [0.04, 0.12], false),
  tubeLike('washer', ['flat ring'], [0.02, 0.002], true),
  ringThing,
];
