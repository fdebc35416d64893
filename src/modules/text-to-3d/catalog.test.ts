import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checkTopology, measure } from '../mesh/topology.ts';
import { loadKernel, Workshop } from './build.ts';
import { THINGS, VOCABULARY } from './catalog.ts';
import { readPrompt } from './grammar.ts';
import { type Detail, STYLES, type Style } from './manifest.ts';
import { makeScene } from './scene.ts';
import { kitOf, VOXELS } from './style.ts';
import { voxelize } from './voxels.ts';

const kernel = await loadKernel();
const { signal } = new AbortController();

function meshOf(prompt: string, style: Style = 'realistic', detail: Detail = 'medium', seed = 1) {
  let state = seed;
  const random = () => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647;
  };
  const workshop = new Workshop(kernel, signal);
  try {
    const scene = makeScene(readPrompt(prompt, VOCABULARY).phrases, workshop, kitOf(style, detail, random));
    const mesh = workshop.mesh(workshop.build(scene.node));
    return style === 'voxel' ? voxelize(mesh, VOXELS[detail], signal) : mesh;
  } finally {
    workshop.dispose();
  }
}

test.each(STYLES)('every thing is a closed 2-manifold in style %s', (style) => {
  const open = THINGS.filter(({ id }) => !checkTopology(meshOf(`a ${id}`, style, 'low')).closed);
  expect(open.map(({ id }) => id)).toEqual([]);
});

test.each([
  ['a chair 1 m tall', [undefined, undefined, 1]],
  ['a bookshelf 80 cm wide, 30 cm deep and 2 m tall', [0.8, 0.3, 2]],
  ['a house 9 m wide and 7 m deep', [9, 7, undefined]],
  ['a car 4 m long', [4, undefined, undefined]],
  ['a rocket 12 m tall with three fins', [undefined, undefined, 12]],
  ['a lamp 50 cm tall', [undefined, undefined, 0.5]],
  ['a tree 6 m tall', [undefined, undefined, 6]],
  ['a tower 21 m high', [undefined, undefined, 21]],
] as const)('%s has that size in every style', (prompt, size) => {
  for (const style of STYLES) {
    const { bbox } = measure(meshOf(prompt, style));
    for (const [axis, length] of size.entries()) {
      if (length !== undefined) expect(bbox.size[axis]).toBeCloseTo(length, 5);
    }
  }
});

test('parts that are said are there: each leg is a foot on the ground', () => {
  for (const count of [1, 3, 4, 6]) {
    const { positions } = meshOf(`a table with ${count} legs`, 'realistic', 'low');
    let feet = 0;
    for (let i = 2; i < positions.length; i += 3) if (positions[i] === 0) feet++;
    expect(feet).toBe(count === 1 ? 32 : count * 4);
  }
});

test('colours of parts are theirs alone', () => {
  const names = (prompt: string) =>
    meshOf(prompt)
      .materials.map(({ name }) => name)
      .sort();
  expect(names('a wooden table with black metal legs')).toEqual(['black metal', 'wood']);
  expect(names('a red cube next to a green cube')).toEqual(['green', 'red']);
});

test('the wall of a hole shows the material of what was drilled', () => {
  expect(meshOf('a blue cube with a hole').materials.map(({ name }) => name)).toEqual(['blue']);
});

test('detail adds segments, style changes the form', () => {
  const count = (style: Style, detail: Detail) => meshOf('a car', style, detail).triangles.length;
  expect(count('realistic', 'low')).toBeLessThan(count('realistic', 'medium'));
  expect(count('realistic', 'medium')).toBeLessThan(count('realistic', 'ultra'));
  expect(count('low-poly', 'medium')).toBeLessThan(count('realistic', 'medium'));
  const volumes = STYLES.map((style) => measure(meshOf('a chair', style)).volume.toPrecision(6));
  expect(new Set(volumes).size).toBeGreaterThan(2);
});

test('the seed moves foliage and nothing else', () => {
  expect(meshOf('a tree', 'realistic', 'low', 1).positions).not.toEqual(
    meshOf('a tree', 'realistic', 'low', 2).positions,
  );
  expect(meshOf('a chair', 'realistic', 'low', 1)).toEqual(meshOf('a chair', 'realistic', 'low', 2));
});

test('seams that single precision would open are closed', () => {
  const mesh = meshOf('a table 2 m wide with six legs');
  expect(checkTopology(mesh)).toMatchObject({ closed: true, components: 1, genus: 0 });
});

test('cubes that would touch in an edge or a corner are joined', () => {
  const mesh = meshOf('a sphere 10 cm wide', 'voxel', 'low');
  expect(checkTopology(mesh)).toMatchObject({
    closed: true,
    components: 1,
    genus: 0,
    non_manifold_vertices: 0,
  });
});

test('the page that lists the things lists them all', () => {
  const page = readFileSync(new URL('../../../docs/text-to-3d.md', import.meta.url), 'utf8').replaceAll(
    '\n',
    ' ',
  );
  const listed = /Things: (.*?)\./.exec(page)?.[1]?.split(', ');
  expect(listed).toEqual(THINGS.map((thing) => thing.id));
});
