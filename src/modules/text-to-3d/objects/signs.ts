import { readExtents } from '../extents.ts';
import { colourOf, materialOf } from '../palette.ts';
import {
  box,
  cylinder,
  extrude,
  move,
  type Node,
  paint,
  revolve,
  sphere,
  torus,
  turn,
  union,
  type Vec2,
} from '../program.ts';
import type { Thing } from '../thing.ts';

/** A flat outline of a width and height of 1 around the origin, pulled up to a thickness. */
function sign(
  id: string,
  words: readonly string[],
  look: ReturnType<typeof colourOf>,
  usual: readonly [number, number, number],
  outline: (n: number) => readonly Vec2[],
): Thing {
  return {
    id,
    words,
    build(reader, kit) {
      const { size, stated } = readExtents(reader, { size: usual, thicknessAxis: 1, main: 0, pair: [0, 2] });
      const [w, d, h] = size;
      const flat = extrude(
        outline(kit.n).map(([x, y]) => [x * w, y * h] as const),
        d,
      );
      return { node: paint(reader.material(look), turn(90, 0, 0, flat)), stated, fit: size };
    },
  };
}

const heart = sign('heart', ['heart shape'], colourOf('red'), [0.1, 0.025, 0.09], (n) =>
  Array.from({ length: n }, (_, i) => {
    const t = (-2 * Math.PI * (i + 0.5)) / n;
    return [
      (16 * Math.sin(t) ** 3) / 34,
      (13 * Math.cos(t) - 5 * Math.cos(2 * t) - 2 * Math.cos(3 * t) - Math.cos(4 * t)) / 32,
    ] as const;
  }),
);

const arrow = sign('arrow', ['arrow sign'], colourOf('orange'), [0.2, 0.02, 0.1], () => [
  [-0.5, -0.2],
  [0.1, -0.2],
  [0.1, -0.5],
  [0.5, 0],
  [0.1, 0.5],
  [0.1, 0.2],
  [-0.5, 0.2],
]);

const cross = sign('cross', ['plus sign', 'plus'], materialOf('wood'), [0.1, 0.02, 0.1], () => [
  [-0.15, -0.5],
  [0.15, -0.5],
  [0.15, -0.15],
  [0.5, -0.15],
  [0.5, 0.15],
  [0.15, 0.15],
  [0.15, 0.5],
  [-0.15, 0.5],
  [-0.15, 0.15],
  [-0.5, 0.15],
  [-0.5, -0.15],
  [-0.15, -0.15],
]);

const star: Thing = {
  id: 'star',
  words: ['star shape'],
  parts: ['point'],
  build(reader) {
    const point = reader.part('point');
    const count = reader.count(point, 5, 3, 40);
    reader.flag('flat', 'pointed', 'regular');
    const { size, stated } = readExtents(reader, {
      size: [0.1, 0.02, 0.096],
      thicknessAxis: 1,
      main: 0,
      pair: [0, 2],
    });
    const across = reader.diameter('', 'outer');
    const [w, d, h] = across === undefined ? size : [across, size[1], across * 0.96];
    const inner = count === 3 ? 0.3 : Math.min(0.75, 0.382 + (count - 5) * 0.04);
    const outline = Array.from({ length: 2 * count }, (_, i) => {
      const angle = Math.PI / 2 + (i * Math.PI) / count;
      const r = (i % 2 === 0 ? 0.5 : 0.5 * inner) * w;
      return [r * Math.cos(angle), r * Math.sin(angle)] as const;
    });
    return {
      node: paint(reader.material(colourOf('yellow')), turn(90, 0, 0, extrude(outline, d))),
      stated,
      fit: [w, d, h],
    };
  },
};

const pawn: Thing = {
  id: 'pawn',
  words: ['chess pawn', 'chess piece'],
  build(reader, kit) {
    const { size, stated } = readExtents(reader, { size: [0.03, 0.03, 0.05], main: 2, round: true });
    const [w, , h] = size;
    const profile: Vec2[] = [
      [0, 0],
      [w / 2, 0],
      [w / 2, h * 0.1],
      [w * 0.38, h * 0.16],
      [w * 0.22, h * 0.34],
      [w * 0.17, h * 0.58],
      [w * 0.3, h * 0.62],
      [w * 0.3, h * 0.66],
      [w * 0.12, h * 0.7],
      [0, h * 0.72],
    ];
    const head = h - 2 * Math.min(w * 0.27, h * 0.18);
    const r = (h - head) / 2;
    return {
      node: paint(
        reader.material(colourOf('ivory')),
        union(revolve(profile, kit.n), move(0, 0, h - r, sphere(r, kit.n))),
      ),
      stated,
      fit: size,
    };
  },
};

const dice: Thing = {
  id: 'die',
  words: ['dice'],
  build(reader, kit) {
    const { size, stated } = readExtents(reader, { size: [0.016, 0.016, 0.016], main: 0 });
    const said = reader.length('size', 'side');
    const [x, y, z] = said === undefined ? size : [said, said, said];
    reader.flag('rounded');
    const body = reader.material(colourOf('white'));
    const pip = paint(colourOf('black'), sphere(x * 0.09, 16));
    const at = (n: number): (readonly [number, number])[] => {
      const d = 0.25;
      const corner = [
        [-d, -d],
        [d, d],
        [-d, d],
        [d, -d],
        [-d, 0],
        [d, 0],
      ] as const;
      return [...corner.slice(0, n - (n % 2)), ...(n % 2 === 1 ? [[0, 0] as const] : [])];
    };
    const face = (n: number): Node => union(...at(n).map(([a, b]) => move(a * x, b * x, x * 0.455, pip)));
    const turns = [
      [0, 0, 0, 1],
      [90, 0, 0, 2],
      [0, 90, 0, 3],
      [0, -90, 0, 4],
      [-90, 0, 0, 5],
      [180, 0, 0, 6],
    ] as const;
    const pips = turns.map(([a, b, c, n]) => turn(a, b, c, face(n)));
    const cube = move(0, 0, -x / 2, box(x, x, x, x * 0.12, kit.small));
    return {
      node: paint(body, union(cube, ...pips)),
      stated: said === undefined ? stated : [x, y, z],
      fit: [x, y, z],
    };
  },
};

const dumbbell: Thing = {
  id: 'dumbbell',
  words: ['barbell'],
  build(reader, kit) {
    const { size, stated } = readExtents(reader, { size: [0.3, 0.11, 0.11], main: 0, lengthAxis: 0 });
    const [l, d, h] = size;
    const r = Math.min(d, h) / 2;
    const disc = turn(0, 90, 0, cylinder(r, l * 0.22, kit.n));
    const bar = turn(0, 90, 0, cylinder(r * 0.28, l * 0.8, kit.small));
    const rim = turn(0, 90, 0, torus(r * 0.3, r * 0.08, kit.small, 16));
    const body = union(
      move(-l / 2, 0, r, disc),
      move(l * 0.28, 0, r, disc),
      move(-l * 0.4, 0, r, paint(materialOf('chrome'), bar)),
      ...[-1, 1].map((side) => move(side * l * 0.25, 0, r, paint(materialOf('chrome'), rim))),
    );
    return { node: paint(reader.material(materialOf('iron')), body), stated, fit: size };
  },
};

export const SIGNS: readonly Thing[] = [heart, arrow, cross, star, pawn, dice, dumbbell];
