import { readExtents } from '../extents.ts';
import {
  box,
  cylinder,
  difference,
  intersection,
  move,
  type Node,
  paint,
  revolve,
  scale,
  sphere,
  type Vec2,
} from '../program.ts';
import { invalid } from '../quantities.ts';
import { type Reader, showLength } from '../reader.ts';
import type { Built, Kit, Thing } from '../thing.ts';
import { PLAIN, readOpenTop, readWall } from './boxes.ts';
import { drill } from './holes.ts';
import { tubeOf } from './rings.ts';

const { PI } = Math;
const NONE = [undefined, undefined, undefined] as const;

const ball: Thing = {
  id: 'sphere',
  words: ['ball', 'orb', 'globe', 'bead', 'marble ball', 'pearl'],
  parts: ['hole', 'wall'],
  build(reader, kit) {
    reader.flag('solid', 'round');
    const said = sphereDiameter(reader);
    if (reader.has('dims')) return ellipsoidOf(reader, kit);
    const d = said ?? 0.1 * reader.factor('all');
    reader.say(reader.name, `sphere of diameter ${showLength(d)}${said === undefined ? ' (not said)' : ''}`);
    const wall = readWall(reader, d);
    const outer = sphere(d / 2, kit.n);
    const shell = wall === undefined ? outer : difference(outer, sphere(d / 2 - wall, kit.n));
    const node = drill(reader, kit, { node: move(0, 0, d / 2, shell), size: [d, d, d], round: true });
    const whole = wall === undefined && reader.phrase.parts.length === 0;
    return {
      node: paint(reader.material(PLAIN), node),
      stated: said === undefined ? NONE : [said, said, said],
      ...(whole ? { volume: (PI * d ** 3) / 6 } : {}),
    };
  },
};

const sphereDiameter = (reader: Reader): number | undefined =>
  reader.diameter('', 'outer') ?? reader.length('size', 'width', 'height', 'across', 'depth', 'length');

const ellipsoid: Thing = {
  id: 'ellipsoid',
  words: ['oval', 'spheroid', 'egg'],
  parts: ['hole'],
  build: (reader, kit) => ellipsoidOf(reader, kit),
};

function ellipsoidOf(reader: Reader, kit: Kit): Built {
  reader.flag('solid', 'oval');
  const { size, stated } = readExtents(reader, { size: [0.08, 0.08, 0.12], main: 2 });
  const [x, y, z] = size;
  const body = move(0, 0, z / 2, scale(x / 2, y / 2, z / 2, sphere(1, kit.n)));
  const node = paint(reader.material(PLAIN), drill(reader, kit, { node: body, size, round: true }));
  return { node, stated, ...(reader.phrase.parts.length === 0 ? { volume: (PI / 6) * x * y * z } : {}) };
}

const hemisphere: Thing = {
  id: 'hemisphere',
  words: ['half sphere', 'dome', 'half ball', 'half a sphere', 'half a ball'],
  parts: ['wall'],
  build(reader, kit) {
    reader.flag('solid', 'round');
    const height = reader.length('height');
    const said =
      reader.diameter('', 'outer') ?? reader.length('size', 'width', 'across') ?? (height && 2 * height);
    if (height && said && Math.abs(said - 2 * height) > 1e-9) {
      throw invalid('height', showLength(height), `contradicts a diameter of ${showLength(said)}`);
    }
    const d = said ?? 0.1 * reader.factor('all');
    reader.say(reader.name, `hemisphere of diameter ${showLength(d)}, flat side down`);
    const wall = readWall(reader, d / 2);
    const half = intersection(sphere(d / 2, kit.n), box(2 * d, 2 * d, 2 * d));
    const shell = wall === undefined ? half : difference(half, sphere(d / 2 - wall, kit.n));
    return {
      node: paint(reader.material(PLAIN), shell),
      stated: said === undefined ? NONE : [d, d, d / 2],
      ...(wall === undefined ? { volume: (PI * d ** 3) / 12 } : {}),
    };
  },
};

function cylinderLike(
  id: string,
  words: readonly string[],
  usual: readonly [number, number],
  flat: boolean,
): Thing {
  const [across, tall] = usual;
  const spec = {
    size: [across, across, tall] as const,
    round: true,
    lengthAxis: 2,
    main: flat ? 0 : 2,
  } as const;
  return {
    id,
    words,
    parts: ['hole', 'wall', 'lid'],
    build(reader, kit) {
      reader.flag('solid', 'round', 'straight', 'regular', 'right');
      const inner = reader.has('inner diameter') || reader.has('inner radius');
      if (inner || reader.flag('hollow') || reader.has('wall thickness'))
        return hollowCylinder(reader, kit, tall);
      const { size, stated } = readExtents(reader, { ...spec, thicknessAxis: flat ? 2 : 0 });
      const [d, , h] = size;
      const wall = readWall(reader, Math.min(d, h * 2));
      const solid = cylinder(d / 2, h, kit.n);
      const cup = wall === undefined ? solid : difference(solid, cavity(reader, d, h, wall, kit));
      const node = drill(reader, kit, { node: cup, size, round: true, flat });
      const whole = reader.phrase.parts.length === 0 && wall === undefined;
      return {
        node: paint(reader.material(PLAIN), node),
        stated,
        ...(whole ? { volume: (PI * d * d * h) / 4 } : {}),
      };
    },
  };
}

const cavity = (reader: Reader, d: number, h: number, wall: number, kit: Kit): Node =>
  move(0, 0, wall, cylinder(d / 2 - wall, readOpenTop(reader) ? h : h - 2 * wall, kit.n));

function hollowCylinder(reader: Reader, kit: Kit, usual: number): Built {
  if (reader.phrase.parts.some((part) => part.noun.id === 'lid') || reader.flag('closed')) {
    return cylinderCup(reader, kit, usual);
  }
  reader.say('hollow', 'a tube, open at both ends');
  return tubeOf(reader, kit, [0.04, usual], false);
}

function cylinderCup(reader: Reader, kit: Kit, usual: number): Built {
  const { size, stated } = readExtents(reader, {
    size: [0.06, 0.06, usual],
    round: true,
    lengthAxis: 2,
    main: 2,
  });
  const [d, , h] = size;
  const wall = readWall(reader, Math.min(d, h * 2)) ?? d * 0.08;
  const node = difference(cylinder(d / 2, h, kit.n), cavity(reader, d, h, wall, kit));
  return { node: paint(reader.material(PLAIN), node), stated };
}

const cone: Thing = {
  id: 'cone',
  words: ['frustum', 'truncated cone', 'conical frustum'],
  parts: ['hole'],
  build(reader, kit) {
    reader.flag('solid', 'round', 'pointed', 'regular', 'right');
    const cut = reader.flag('truncated') ?? (/frustum|truncated/.test(reader.name) ? 'frustum' : undefined);
    const saidBase = reader.diameter('base', '') ?? reader.length('base', 'width', 'base width', 'across');
    const saidHeight = reader.length('height', 'length', 'size', 'depth');
    const top = reader.diameter('top') ?? reader.length('top width');
    const scaleBy = reader.factor('all');
    const base =
      saidBase ?? (saidHeight ? saidHeight * 0.7 : 0.08 * scaleBy) * reader.factor('width', 'thickness');
    const h = saidHeight ?? (saidBase ? saidBase * 1.4 : 0.12 * scaleBy) * reader.factor('height', 'length');
    const upper = top ?? (cut ? base / 2 : 0);
    reader.say(
      reader.name,
      `${upper > 0 ? 'frustum' : 'cone'}, base ${showLength(base)}, top ${showLength(upper)}, ${showLength(h)} high`,
    );
    if (upper === 0 && reader.phrase.parts.some(({ noun, count }) => noun.id === 'hole' && count !== 0))
      reader.warnings.push('the hole cuts off the tip: the height over all is less than that of the cone');
    const body = cylinder(base / 2, h, kit.n, upper / 2);
    const wide = Math.max(base, upper);
    const node = drill(reader, kit, { node: body, size: [base, base, h], round: true });
    const stated = saidBase === undefined ? undefined : wide;
    const [r, s] = [base / 2, upper / 2];
    const whole = reader.phrase.parts.length === 0;
    return {
      node: paint(reader.material(PLAIN), node),
      stated: [stated, stated, saidHeight],
      ...(whole ? { volume: (PI * h * (r * r + r * s + s * s)) / 3 } : {}),
    };
  },
};

const capsule: Thing = {
  id: 'capsule',
  words: ['pill'],
  build(reader, kit) {
    reader.flag('solid', 'round', 'rounded');
    const saidWide = reader.diameter('') ?? reader.length('width', 'thickness', 'across');
    const saidLong = reader.length('length', 'height', 'size');
    const all = reader.factor('all');
    const d = saidWide ?? (saidLong ? saidLong / 3 : 0.04 * all) * reader.factor('thickness', 'width');
    const long = saidLong ?? d * 3 * reader.factor('length', 'height');
    if (long < d) throw invalid('length', showLength(long), `is less than the diameter ${showLength(d)}`);
    reader.say(reader.name, `capsule ${showLength(long)} long over all, ${showLength(d)} in diameter`);
    const r = d / 2;
    const straight = long - d;
    return {
      node: paint(reader.material(PLAIN), capsuleOf(r, straight, kit.n)),
      stated: [saidWide, saidWide, saidLong],
      volume: PI * r * r * straight + (4 / 3) * PI * r ** 3,
    };
  },
};

function capsuleOf(r: number, straight: number, n: number): Node {
  if (straight <= 0) return move(0, 0, r, sphere(r, n));
  const quarter = n / 4;
  const arc = (from: number, z: number): Vec2[] =>
    Array.from({ length: quarter + 1 }, (_, i) => {
      const angle = ((from + i / quarter) * PI) / 2;
      return [
        i === quarter && from === 0 ? 0 : i === 0 && from < 0 ? 0 : r * Math.cos(angle),
        z + r * Math.sin(angle),
      ];
    });
  return revolve([...arc(-1, r), ...arc(0, r + straight)], n);
}

export const ROUNDS: readonly Thing[] = [
  ball,
  ellipsoid,
  hemisphere,
  cylinderLike('cylinder', ['drum', 'round pillar', 'pillar', 'round column', 'column'], [0.06, 0.1], false),
  cylinderLike('rod', ['pole', 'stick', 'dowel', 'round rod', 'round bar'], [0.02, 0.3], false),
  cylinderLike('disc', ['disk', 'round plate', 'circular plate', 'puck', 'coin'], [0.1, 0.01], true),
  cone,
  capsule,
];
