import { expect, test } from 'vitest';
import { ModuleError } from '../module.ts';
import { loadKernel, Workshop } from './build.ts';
import { THINGS, VOCABULARY } from './catalog.ts';
import { readPrompt } from './grammar.ts';
import { makeScene } from './scene.ts';
import { kitOf } from './style.ts';

const kernel = await loadKernel();
const { signal } = new AbortController();

/** The mesh as text, or why there is none. */
function made(prompt: string): {
  mesh: string;
  size?: readonly number[];
  names?: readonly string[];
  warnings?: readonly string[];
  said?: string;
  refused?: ModuleError;
} {
  const workshop = new Workshop(kernel, signal);
  try {
    const kit = kitOf('realistic', 'medium', () => 0.5);
    const scene = makeScene(readPrompt(prompt, VOCABULARY).phrases, workshop, kit);
    const solid = workshop.build(scene.node);
    const { positions, materials } = workshop.mesh(solid);
    const size = solid.box.max.map((end, axis) => end - (solid.box.min[axis] ?? 0));
    const { warnings, notes } = scene;
    const said = notes.map(({ meaning }) => meaning).join();
    return {
      size,
      warnings,
      said,
      names: materials.map(({ name }) => name),
      mesh: `${positions.join()} ${materials.map(({ name }) => name).join()}`,
    };
  } catch (error) {
    if (!(error instanceof ModuleError)) throw error;
    return { mesh: '', refused: error };
  } finally {
    workshop.dispose();
  }
}

const pairs = THINGS.flatMap(({ id, parts = [] }) =>
  parts.filter((part) => part !== 'side').map((part) => [id, part] as const),
);

test('a part that is said to be missing is missing, or the prompt is refused', () => {
  const claimed = pairs.filter(([id, part]) => {
    const [plain, without] = [made(`a ${id}`), made(`a ${id} without a ${part}`)];
    if (without.refused) return false;
    // The same as without a word of it only where it is not there by itself.
    return without.mesh === plain.mesh && made(`a ${id} with a ${part}`).mesh === plain.mesh;
  });
  expect(claimed).toEqual([]);
}, 60_000);

test.each([
  'a tree without leaves',
  'a lamp without a shade',
  'a chair without a back',
  'a house without a roof',
  'a rocket without fins',
  'a house without windows',
  'a snowman without a nose',
])('%s is made so', (prompt) => {
  const { mesh, refused } = made(prompt);
  expect(refused).toBeUndefined();
  expect(mesh).not.toBe(made(prompt.replace(/ without.*/, '')).mesh);
});

test('a part in a number that is not made is refused by name', () => {
  expect(made('a car with no roof').refused).toMatchObject({
    code: 'unsupported_prompt',
    details: { unknown: ['no roof'] },
  });
  expect(made('a house with two roofs').refused).toMatchObject({ details: { unknown: ['2 roofs'] } });
});

test.each([
  'a cube 10 cm wide with a sphere N cm on top',
  'a sphere N cm on top of a cube 10 cm',
  'a sphere N cm inside a hollow box 40 cm wide',
  'a sphere N cm above a cube',
  'a sphere N cm under a cube',
  'a cube on a ball with a N cm gap',
  'a cube next to a ball with a N cm gap',
  'a cube with a sphere N cm to the left',
  'four 1 cm cubes in a stack with spacing N cm',
  'four 1 cm cubes on a circle of radius 20 cm N cm apart',
  'four 1 cm cubes in a ring with a gap of N cm',
  'four cubes N cm around a ball',
  'N cubes in a 2 by 2 grid',
  'a table with N red legs and 2 blue legs',
  'a 20 cm cube minus a N cm sphere',
])('every number is used or refused: %s', (prompt) => {
  const [three, five] = [3, 5].map((n) => made(prompt.replace('N', String(n))));
  expect(three?.refused !== undefined || three?.mesh !== five?.mesh).toBe(true);
});

test('a size before "on top" is the size of what stands there', () => {
  for (const prompt of [
    'a cube 10 cm wide with a sphere 3 cm on top',
    'a sphere 3 cm on top of a cube 10 cm',
  ])
    expect(made(prompt).size?.[2]).toBeCloseTo(0.13, 4);
});

test('a number that cannot be is named in the plural', () => {
  expect(made('a bookshelf with 50 shelves').refused?.message).toContain('number of shelves');
});

test('a colour of a thing or a part is there, or the prompt is refused', () => {
  const prompts = [
    ...THINGS.map(({ id }) => `a crimson ${id}`),
    ...pairs.map(([id, part]) => `a ${id} with a crimson ${part}`),
    'a cube minus a crimson sphere',
    'a cube intersected with a crimson sphere',
    'a cube on a crimson box',
  ];
  const lost = prompts.filter((prompt) => {
    const { names, refused } = made(prompt);
    return !refused && !names?.includes('crimson');
  });
  expect(lost).toEqual([]);
}, 60_000);

test('a hole has the colour that is said of it', () => {
  expect(made('a blue cube with a red hole').names).toEqual(expect.arrayContaining(['blue', 'red']));
  expect(made('a shiny cube').names).toEqual(['shiny plain']);
  expect(made('a nut with a red hole').refused).toMatchObject({ details: { unknown: ['red'] } });
  expect(made('a table with a red leg and a blue leg').refused).toBeDefined();
});

test('what may not be meant is warned of, what contradicts is refused', () => {
  expect(made('a table 1.2 wide').warnings).toHaveLength(1);
  expect(made('a table 120 wide').warnings).toEqual([]);
  expect(made('a cone with a hole').warnings).toHaveLength(1);
  expect(made('a cube 5 cm x 5 m').said).toContain('(not said)');
  expect(made('a very small tiny huge cube').refused).toMatchObject({ code: 'invalid_prompt' });
  expect(made('a 5cm cube inside a 10cm sphere').refused?.message).toContain('solid');
  expect(made('a rocket with 4 fins 2 m tall').refused?.message).toContain('fins');
});
