import { readExtents } from '../extents.ts';
import { colourOf, materialOf } from '../palette.ts';
import {
  cylinder,
  difference,
  move,
  type Node,
  paint,
  revolve,
  scale,
  torus,
  turn,
  union,
  type Vec2,
} from '../program.ts';
import type { Reader } from '../reader.ts';
import type { Kit, Thing } from '../thing.ts';

const CERAMIC = materialOf('ceramic');
const spec = (size: readonly [number, number, number]) => ({ size, main: 2, round: true }) as const;

const mug: Thing = {
  id: 'mug',
  words: ['cup', 'coffee mug', 'coffee cup', 'tea cup', 'teacup'],
  parts: ['handle', 'wall'],
  build(reader, kit) {
    const handle = reader.part('handle');
    const handles = reader.count(handle, 1, 0, 2);
    const { size, stated } = readExtents(reader, spec([0.085, 0.085, 0.095]));
    const [d, , h] = size;
    const r = d / 2;
    const wall = reader.part('wall')?.length('thickness', 'size') ?? r * 0.1 * reader.factor('thickness');
    const cup = difference(cylinder(r, h, kit.n), move(0, 0, wall * 1.2, cylinder(r - wall, h, kit.n)));
    const body = reader.material(CERAMIC);
    const fat = kit.style === 'stylized' ? 1.5 : 1;
    const grip = Math.min(h * 0.3, r * 0.75);
    const ring = turn(90, 0, 0, scale(0.9, 1.1, 1, torus(grip, r * 0.13 * fat, kit.n, kit.small)));
    const outside = difference(
      move(r * 0.97, 0, h * 0.5, ring),
      move(0, 0, -h, cylinder(r - wall * 0.5, h * 3, kit.n)),
    );
    const grips = Array.from({ length: handles }, (_, i) =>
      paint(handle?.material(body) ?? body, turn(0, 0, 180 * i, outside)),
    );
    const wide = stated[0] !== undefined ? `; the width is that of the cup without its handle` : '';
    if (handles > 0) reader.say('handle', `${handles} at the side${wide}`);
    return {
      node: paint(body, union(cup, ...grips)),
      stated: [handles > 0 ? undefined : stated[0], stated[1], stated[2]],
    };
  },
};

/** A thing turned around its axis: outer profile up, then the inner one down; radii as shares of half the width. */
function turned(
  id: string,
  words: readonly string[],
  size: readonly [number, number, number],
  outer: readonly Vec2[],
  look: ReturnType<typeof materialOf>,
  wallShare = 0.08,
): Thing {
  return {
    id,
    words,
    parts: ['wall', 'lid'],
    build(reader, kit) {
      const { size: found, stated } = readExtents(reader, spec(size));
      const [d, , h] = found;
      const wall =
        reader.part('wall')?.length('thickness', 'size') ?? (d / 2) * wallShare * reader.factor('thickness');
      reader.flag('open', 'hollow');
      const profile = (kit.style === 'low-poly' ? outer : rounded(outer)).map(
        ([r, z]) => [(r * d) / 2, z * h] as const,
      );
      const inner = profile
        .filter(([, z]) => z > wall * 1.3 || z === h)
        .map(([r, z]) => [Math.max(r - wall, 0.2 * wall), z] as const);
      const [first] = inner;
      const loop: Vec2[] = [
        [0, 0],
        ...profile,
        ...[...inner].reverse(),
        ...(first ? [[first[0], wall * 1.3] as const] : []),
        [0, wall * 1.3],
      ];
      const lid = reader.part('lid');
      const lids = lid && reader.count(lid, 1, 0, 1) > 0 ? [lidOf(lid, kit, profile, h, reader)] : [];
      return {
        node: paint(reader.material(look), union(revolve(loop, kit.n), ...lids)),
        stated,
        ...(lids.length > 0 ? {} : { fit: found }),
      };
    },
  };
}

function lidOf(lid: Reader, kit: Kit, profile: readonly Vec2[], h: number, reader: Reader): Node {
  const rim = profile.at(-1)?.[0] ?? 0;
  const body = reader.material(CERAMIC);
  return paint(
    lid.material(body),
    move(
      0,
      0,
      h * 0.985,
      union(
        cylinder(rim * 1.04, h * 0.03, kit.n, rim * 0.96),
        cylinder(rim * 0.15, h * 0.09, kit.small, rim * 0.22),
      ),
    ),
  );
}

/** Points between, on a curve through them (Catmull–Rom). */
function rounded(points: readonly Vec2[]): Vec2[] {
  const at = (i: number): Vec2 => points[Math.max(0, Math.min(points.length - 1, i))] ?? [0, 0];
  const out: Vec2[] = [];
  for (let i = 0; i + 1 < points.length; i++) {
    for (let k = 0; k < 5; k++) {
      const t = k / 5;
      const on = (j: 0 | 1): number => {
        const [a, b, c, d] = [at(i - 1)[j], at(i)[j], at(i + 1)[j], at(i + 2)[j]];
        return (
          0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t ** 3)
        );
      };
      out.push([Math.min(1, on(0)), Math.min(1, Math.max(0, on(1)))]);
    }
  }
  const last = at(points.length - 1);
  return [...out.filter(([, z], i) => i === 0 || z > (out[i - 1]?.[1] ?? 0)), last].filter(
    ([, z], i, all) => i === all.length - 1 || z < 1,
  );
}

const bottle = turned(
  'bottle',
  ['wine bottle'],
  [0.08, 0.08, 0.3],
  [
    [0.94, 0],
    [1, 0.03],
    [1, 0.55],
    [0.85, 0.66],
    [0.42, 0.76],
    [0.36, 0.85],
    [0.36, 0.95],
    [0.4, 1],
  ],
  { ...materialOf('glass'), name: 'green glass', color: [0.05, 0.25, 0.1] },
  0.09,
);
const vase = turned(
  'vase',
  ['flower vase', 'urn', 'amphora'],
  [0.16, 0.16, 0.3],
  [
    [0.55, 0],
    [0.75, 0.12],
    [1, 0.4],
    [0.85, 0.65],
    [0.48, 0.82],
    [0.5, 0.92],
    [0.66, 1],
  ],
  colourOf('teal', 0.3),
  0.07,
);
const bowl = turned(
  'bowl',
  ['dish', 'basin'],
  [0.18, 0.18, 0.08],
  [
    [0.4, 0],
    [0.44, 0.06],
    [0.7, 0.3],
    [0.9, 0.65],
    [1, 1],
  ],
  CERAMIC,
  0.06,
);
const dinner = turned(
  'dinner plate',
  ['saucer'],
  [0.26, 0.26, 0.025],
  [
    [0.58, 0],
    [0.64, 0.2],
    [0.72, 0.5],
    [1, 1],
  ],
  CERAMIC,
  0.03,
);
const pot = turned(
  'flower pot',
  ['flowerpot', 'plant pot', 'pot', 'jar'],
  [0.2, 0.2, 0.19],
  [
    [0.66, 0],
    [0.72, 0.2],
    [0.84, 0.68],
    [0.87, 0.74],
    [0.98, 0.83],
    [1, 0.9],
    [1, 1],
  ],
  materialOf('terracotta'),
  0.09,
);
const wine = turned(
  'drinking glass',
  ['water glass', 'tumbler', 'beaker', 'glass'],
  [0.075, 0.075, 0.13],
  [
    [0.8, 0],
    [0.84, 0.2],
    [0.92, 0.6],
    [1, 1],
  ],
  materialOf('glass'),
  0.07,
);

const goblet: Thing = {
  id: 'wine glass',
  words: ['goblet', 'chalice', 'champagne glass'],
  build(reader, kit) {
    const { size, stated } = readExtents(reader, spec([0.08, 0.08, 0.2]));
    const [d, , h] = size;
    const outer: Vec2[] = [
      [0.9, 0],
      [0.9, 0.015],
      [0.2, 0.05],
      [0.1, 0.12],
      [0.1, 0.42],
      [0.5, 0.48],
      [0.92, 0.62],
      [1, 0.76],
      [0.86, 1],
    ];
    const inner: Vec2[] = [
      [0.82, 1],
      [0.95, 0.76],
      [0.87, 0.63],
      [0.46, 0.5],
      [0, 0.46],
    ];
    const profile = [[0, 0] as const, ...outer, ...inner].map(([r, z]) => [(r * d) / 2, z * h] as const);
    return { node: paint(reader.material(materialOf('glass')), revolve(profile, kit.n)), stated, fit: size };
  },
};

export const VESSELS: readonly Thing[] = [mug, bottle, vase, bowl, dinner, pot, wine, goblet];
