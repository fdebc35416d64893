import { readExtents } from '../extents.ts';
import { colourOf, materialOf } from '../palette.ts';
import {
  box,
  cylinder,
  hull,
  move,
  type Node,
  paint,
  revolve,
  scale,
  sphere,
  turn,
  union,
} from '../program.ts';
import type { Reader } from '../reader.ts';
import type { Kit, Thing } from '../thing.ts';

const BARK = { ...materialOf('walnut'), name: 'bark' };
const LEAF = { ...colourOf('green'), name: 'leaves', roughness: 0.9 };

const tree: Thing = {
  id: 'tree',
  words: ['oak tree', 'apple tree', 'bush'],
  parts: ['trunk', 'crown', 'branch'],
  build(reader, kit) {
    const { size, stated } = readExtents(reader, { size: [3.2, 3.2, 5], main: 2, round: true });
    const [w, , h] = size;
    const trunk = reader.part('trunk');
    const crown = reader.part('crown');
    const leaves = reader.material(crown?.material(LEAF) ?? LEAF);
    const fat = kit.style === 'stylized' ? 1.5 : 1;
    const r = trunk?.length('thickness', 'width') ?? trunk?.diameter('') ?? w * 0.11 * fat;
    const stem = cylinder(r / 2, h * (crown?.absent ? 0.9 : 0.55), kit.small, r * 0.3);
    const bare = crown?.absent === true;
    const branches = reader.count(reader.part('branch'), bare ? 5 + kit.parts : kit.parts, 0, 12);
    const arms = Array.from({ length: branches }, (_, i) =>
      turn(
        0,
        0,
        (360 * i) / Math.max(1, branches) + kit.random() * 40,
        move(0, 0, h * 0.3, turn(0, 38, 0, cylinder(r * 0.22, h * 0.25, kit.small, r * 0.12))),
      ),
    );
    const wood = paint(trunk?.material(BARK) ?? BARK, union(stem, ...arms));
    if (bare) return branches > 2 ? { node: wood, stated, fit: size } : { node: wood };
    const node = union(wood, paint(crown?.material(leaves) ?? leaves, foliage(kit, w, h)));
    return { node, stated, fit: size };
  },
};

/** Balls of leaves around a middle one: how many by detail, where by the seed. */
function foliage(kit: Kit, w: number, h: number): Node {
  const count = [4, 8, 14, 22][kit.parts] ?? 8;
  const n = kit.style === 'low-poly' ? 8 : Math.max(16, kit.small);
  const centre = move(0, 0, h * 0.68, scale(1, 1, 1.05, sphere(w * 0.3, n)));
  const balls = Array.from({ length: count }, (_, i) => {
    const angle = i * 2.39996 + kit.random() * 0.7;
    const up = (i + 0.5) / count;
    const reach = w * 0.26 * Math.sqrt(1 - (2 * up - 1) ** 2 * 0.8) * (0.85 + 0.3 * kit.random());
    const r = w * (0.17 + 0.06 * kit.random()) * (count > 8 ? 0.85 : 1);
    return move(
      reach * Math.cos(angle),
      reach * Math.sin(angle),
      h * (0.5 + 0.36 * up),
      turn(0, 0, kit.random() * 90, sphere(r, n)),
    );
  });
  return union(centre, ...balls);
}

const pine: Thing = {
  id: 'pine tree',
  words: ['fir', 'fir tree', 'christmas tree', 'conifer', 'spruce'],
  parts: ['trunk', 'level', 'star'],
  build(reader, kit) {
    const { size, stated } = readExtents(reader, { size: [2.4, 2.4, 5], main: 2, round: true });
    const [w, , h] = size;
    const green = { ...colourOf('green'), color: [0.02, 0.16, 0.06] as const, name: 'needles' };
    const trunk = reader.part('trunk');
    const tiers = [3, 4, 5, 6][kit.parts] ?? 4;
    const leaf = reader.material(green);
    const star = reader.part('star');
    const starless = star?.absent === true;
    const christmas = /christmas/.test(reader.name) || (star !== undefined && !starless);
    const top = christmas && !starless ? h * 0.94 : h;
    const bottom = h * 0.14;
    const tier = (top - bottom) / (tiers * 0.62 + 0.38);
    const cones = Array.from({ length: tiers }, (_, i) => {
      const r = (w / 2) * (1 - (0.72 * i) / tiers);
      return move(
        0,
        0,
        bottom + i * tier * 0.62,
        turn(0, 0, (i % 2) * (180 / kit.n) * 2, cylinder(r, tier, kit.n, i === tiers - 1 ? 0 : r * 0.12)),
      );
    });
    const gold = star?.material(colourOf('yellow', 0.3)) ?? colourOf('yellow', 0.3);
    const bright =
      christmas && !starless
        ? [paint(gold, move(0, 0, h * 0.94, turn(90, 0, 0, starOf(h * 0.06, h * 0.02))))]
        : [];
    return {
      node: union(
        paint(trunk?.material(BARK) ?? BARK, cylinder(w * 0.07, h * 0.4, kit.small)),
        paint(leaf, union(...cones)),
        ...bright,
        ...(christmas && kit.parts > 0 ? baubles(kit, w, bottom, top) : []),
      ),
      stated,
      fit: size,
    };
  },
};

const starOf = (r: number, deep: number): Node => ({
  op: 'extrude',
  outline: Array.from({ length: 10 }, (_, i) => {
    const angle = Math.PI / 2 + (i * Math.PI) / 5;
    const reach = i % 2 === 0 ? r : r * 0.42;
    return [reach * Math.cos(angle), reach * Math.sin(angle)] as const;
  }),
  h: deep,
});

function baubles(kit: Kit, w: number, bottom: number, top: number): Node[] {
  const colours = ['red', 'amber', 'sapphire'].map((name) => colourOf(name, 0.2));
  return Array.from({ length: 18 }, (_, i) => {
    const up = (i + 0.3) / 19;
    const angle = i * 2.39996 + kit.random();
    const r = (w / 2) * (1 - up) * 0.85;
    const ball = move(
      r * Math.cos(angle),
      r * Math.sin(angle),
      bottom + up * (top - bottom),
      sphere(w * 0.035, 16),
    );
    return paint(colours[i % 3] ?? BARK, ball);
  });
}

const snowman: Thing = {
  id: 'snowman',
  words: ['snow man'],
  parts: ['hat', 'nose', 'button', 'eye', 'arm'],
  build(reader, kit) {
    const hat = reader.part('hat');
    const tall = hat?.absent ? 1.56 : 1.9;
    const { size, stated } = readExtents(reader, { size: [0.9, 0.8, tall], main: 2 });
    const u = size[2] / tall;
    const arms = [-1, 1].slice(0, reader.count(reader.part('arm'), 2, 0, 2));
    const ball = (r: number, z: number) => move(0, 0, z * u, sphere(r * u, kit.n));
    const stick = cylinder(0.018 * u, 0.42 * u, 12, 0.012 * u);
    const parts = [
      ball(0.4, 0.38),
      ball(0.29, 0.93),
      ball(0.21, 1.35),
      ...arms.map((side) => paint(BARK, move(side * 0.24 * u, 0, u, turn(0, side * 62, 0, stick)))),
      ...snowFace(reader, kit, u),
      ...snowHat(hat, reader, kit, u),
    ];
    return { node: paint(reader.material(colourOf('white')), union(...parts)), stated, fit: size };
  },
};

function snowFace(reader: Reader, kit: Kit, u: number): Node[] {
  const black = colourOf('black');
  const carrot = colourOf('orange');
  const nose = reader.part('nose');
  const button = reader.part('button');
  const eye = reader.part('eye');
  const count = reader.count(button, 3, 0, 8);
  const buttons = Array.from({ length: count }, (_, i) =>
    paint(button?.material(black) ?? black, buttonOf(u, count, i)),
  );
  const eyes = [-1, 1].map((side) => move(side * 0.075 * u, -0.185 * u, 1.42 * u, sphere(0.025 * u, 16)));
  const cone = move(0, -0.19 * u, 1.35 * u, turn(90, 0, 0, cylinder(0.035 * u, 0.2 * u, kit.small, 0)));
  return [
    ...(nose?.absent ? [] : [paint(nose?.material(carrot) ?? carrot, cone)]),
    ...(eye?.absent ? [] : [paint(eye?.material(black) ?? black, union(...eyes))]),
    ...buttons,
  ];
}

function snowHat(hat: Reader | undefined, reader: Reader, kit: Kit, u: number): Node[] {
  if (reader.count(hat, 1, 0, 1) === 0) return [];
  const black = colourOf('black');
  const shape = union(cylinder(0.23 * u, 0.03 * u, kit.n), cylinder(0.15 * u, 0.4 * u, kit.n));
  return [paint(hat?.material(black) ?? black, move(0, 0, 1.5 * u, shape))];
}

/** On the middle ball, from its top down. */
function buttonOf(u: number, count: number, i: number): Node {
  const angle = 0.55 - (1.2 * (i + 0.5)) / count;
  return move(0, -0.285 * u * Math.cos(angle), (0.93 + 0.285 * Math.sin(angle)) * u, sphere(0.026 * u, 16));
}

const mushroom: Thing = {
  id: 'mushroom',
  words: ['toadstool'],
  parts: ['cap', 'spot'],
  build(reader, kit) {
    const { size, stated } = readExtents(reader, { size: [0.1, 0.1, 0.12], main: 2, round: true });
    const [w, , h] = size;
    const cap = reader.part('cap');
    const red = reader.material(colourOf('red'));
    const spots = reader.count(reader.part('spot'), kit.parts > 0 ? 9 : 0, 0, 40);
    const arc = Array.from({ length: 9 }, (_, i) => {
      const angle = (i / 8) * (Math.PI / 2);
      return [i === 8 ? 0 : (w / 2) * Math.cos(angle), h * 0.52 + h * 0.48 * Math.sin(angle)] as const;
    });
    const dots = Array.from({ length: spots }, (_, i) => {
      const tilt = 0.25 + 0.9 * ((i + 0.5) / spots);
      const angle = i * 2.39996;
      const r = (w / 2) * Math.sin(tilt) * 0.98;
      return move(
        r * Math.cos(angle),
        r * Math.sin(angle),
        h * 0.52 + h * 0.465 * Math.cos(tilt),
        sphere(w * 0.05, 16),
      );
    });
    const white = colourOf('ivory');
    return {
      node: union(
        paint(white, cylinder(w * 0.16, h * 0.6, kit.n, w * 0.12)),
        paint(cap?.material(red) ?? red, revolve([[0, h * 0.56], [w * 0.42, h * 0.49], ...arc], kit.n)),
        ...(dots.length > 0 ? [paint(white, union(...dots))] : []),
      ),
      stated,
      fit: size,
    };
  },
};

const cactus: Thing = {
  id: 'cactus',
  parts: ['arm'],
  build(reader, kit) {
    const { size, stated } = readExtents(reader, { size: [1, 0.4, 1.6], main: 2 });
    const [w, d, h] = size;
    const arm = reader.part('arm');
    const count = reader.count(arm, 2, 0, 2);
    const r = Math.min(d / 2, w * 0.2);
    const limb = (wide: number, tall: number): Node =>
      hull(cylinder(wide, tall * 0.5, kit.n), move(0, 0, tall - wide, sphere(wide, kit.n)));
    const arms = [-1, 1].slice(0, count).map((side) => {
      const x = side * (w / 2 - r * 0.55);
      const z = h * (side > 0 ? 0.38 : 0.48);
      return union(
        move(x, 0, z, limb(r * 0.55, h * 0.36)),
        move(x, 0, z + r * 0.1, sphere(r * 0.56, kit.n)),
        move(x / 2, 0, z - r * 0.4, box(Math.abs(x), r * 0.9, r * 0.9, r * 0.4, kit.small)),
      );
    });
    const green = { ...colourOf('green'), color: [0.07, 0.3, 0.1] as const };
    return { node: paint(reader.material(green), union(limb(r, h), ...arms)), stated, fit: size };
  },
};

export const NATURE: readonly Thing[] = [tree, pine, snowman, mushroom, cactus];
