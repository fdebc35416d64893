import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { have } from '../suite.ts';
import { type Product, startProduct } from './product.fixture.ts';

interface Facts {
  readonly volume_m3: number;
  readonly bbox_m: readonly number[];
}

/** An implementation nobody here wrote reads the program text and makes its own solid of it. */
describe.skipIf(!have('openscad'))('OpenSCAD agrees with the model that its program text describes', () => {
  let product: Product;
  beforeAll(async () => {
    product = await startProduct();
    product.worker('a');
  });
  afterAll(() => product.close());

  test.each([
    'a cube 4 cm wide with a 2 cm diameter hole through the centre',
    'a red table 120 cm wide with four legs',
    'a hexagonal prism with 2 cm sides and 5 cm height',
    'a tower of three cubes with sides 3, 2 and 1 cm',
    'a pipe 10 cm long, outer diameter 4 cm, wall thickness 0.5 cm',
    'a ring of eight 1 cm cubes on a circle of radius 5 cm',
    'a torus with major radius 3 cm and minor radius 1 cm',
    'a mug',
  ])('%s', async (prompt) => {
    const job = await product.client.jobs.submit({
      module: 'text-to-3d',
      input: { prompt, thumbnail: false },
    });
    const ended = await product.client.jobs.wait(job.id, { timeoutMs: 60_000 });
    expect(ended.state).toBe('succeeded');
    const dir = join(product.dir, job.id);
    await product.cli('get', job.id, 'program.scad', '-o', `${dir}/`);
    execFileSync('openscad', ['-o', join(dir, 'judge.stl'), join(dir, 'program.scad')], { stdio: 'ignore' });
    const judged = measureStl(readFileSync(join(dir, 'judge.stl'), 'utf8'));
    const own = ended.output as Facts;
    expect(judged.volume / 1e9 / own.volume_m3).toBeCloseTo(1, 1.7);
    for (const [axis, size] of judged.size.entries())
      expect(size / 1000 / (own.bbox_m[axis] ?? 0)).toBeCloseTo(1, 1.7);
  });
});

/** Volume by signed tetrahedra and bounding box of an ASCII STL, in its units. */
function measureStl(stl: string): { volume: number; size: number[] } {
  const points = [...stl.matchAll(/vertex\s+(\S+)\s+(\S+)\s+(\S+)/g)].map(
    (match) => [Number(match[1]), Number(match[2]), Number(match[3])] as const,
  );
  let volume = 0;
  for (let at = 0; at + 2 < points.length; at += 3) {
    const [a, b, c] = [points[at], points[at + 1], points[at + 2]] as [Point, Point, Point];
    volume +=
      (a[0] * (b[1] * c[2] - b[2] * c[1]) -
        a[1] * (b[0] * c[2] - b[2] * c[0]) +
        a[2] * (b[0] * c[1] - b[1] * c[0])) /
      6;
  }
  const size = [0, 1, 2].map((axis) => {
    const along = points.map((point) => point[axis] ?? 0);
    return Math.max(...along) - Math.min(...along);
  });
  return { volume, size };
}
type Point = readonly [number, number, number];
