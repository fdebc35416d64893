import { readExtents } from '../extents.ts';
import { materialOf } from '../palette.ts';
import {
  box,
  cylinder,
  difference,
  intersection,
  move,
  paint,
  revolve,
  torus,
  turn,
  union,
} from '../program.ts';
import type { Thing } from '../thing.ts';

const spec = (size: readonly [number, number, number]) => ({ size, main: 2, round: true }) as const;

const bucket: Thing = {
  id: 'bucket',
  words: ['pail'],
  parts: ['handle'],
  build(reader, kit) {
    const { size, stated } = readExtents(reader, spec([0.3, 0.3, 0.3]));
    const [d, , h] = size;
    const r = d / 2;
    const handle = reader.part('handle');
    const metal = reader.material(materialOf('steel'));
    const wall = r * 0.05;
    const shell = difference(
      cylinder(r * 0.72, h, kit.n, r * 0.96),
      move(0, 0, wall * 1.5, cylinder(r * 0.72 - wall, h, kit.n, r * 0.96 - wall)),
    );
    const rim = move(0, 0, h * 0.965, torus(r * 0.95, r * 0.05, kit.n, 16));
    const bow = move(
      0,
      0,
      h * 0.93,
      turn(
        0,
        0,
        0,
        turn(62, 0, 0, intersection(torus(r * 0.94, r * 0.03, kit.n, 16), move(0, r, -r, box(d * 2, d, d)))),
      ),
    );
    const bows = reader.count(handle, 1, 0, 1) > 0 ? [paint(handle?.material(metal) ?? metal, bow)] : [];
    return {
      node: paint(metal, union(shell, rim, ...bows)),
      stated: bows.length > 0 ? [stated[0], stated[1], undefined] : stated,
    };
  },
};

const barrel: Thing = {
  id: 'barrel',
  words: ['keg', 'cask'],
  parts: ['hoop'],
  build(reader, kit) {
    const { size, stated } = readExtents(reader, spec([0.62, 0.62, 0.9]));
    const [d, , h] = size;
    const r = d / 2;
    const bulge = (z: number): number => r * (0.8 + 0.19 * Math.sin(Math.PI * z));
    const steps = kit.style === 'low-poly' ? 4 : 14;
    const side = Array.from({ length: steps + 1 }, (_, i) => [bulge(i / steps), (i / steps) * h] as const);
    const hoop = reader.part('hoop');
    const count = reader.count(hoop, 4, 0, 12);
    const iron = materialOf('iron');
    const bands = Array.from({ length: count }, (_, i) => {
      const z = count === 4 ? ([0.06, 0.26, 0.74, 0.94][i] ?? 0.5) : (i + 0.5) / count;
      const high = 0.035;
      const [a, b] = [bulge(Math.max(0, z - high)) + r * 0.012, bulge(Math.min(1, z + high)) + r * 0.012];
      return move(0, 0, (z - high) * h, cylinder(a, 2 * high * h, kit.n, b));
    });
    const top = move(0, 0, h * 0.96, cylinder(r * 0.72, h, kit.n));
    return {
      node: paint(
        reader.material(materialOf('wood')),
        difference(
          union(
            revolve([[0, 0], ...side, [0, h]], kit.n),
            ...(bands.length > 0 ? [paint(hoop?.material(iron) ?? iron, union(...bands))] : []),
          ),
          top,
        ),
      ),
      stated,
      fit: size,
    };
  },
};

export const BARRELS: readonly Thing[] = [bucket, barrel];
