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
function made(prompt: string): { mesh: string; refused?: ModuleError } {
  const workshop = new Workshop(kernel, signal);
  try {
    const kit = kitOf('realistic', 'medium', () => 0.5);
    const scene = makeScene(readPrompt(prompt, VOCABULARY).phrases, workshop, kit);
    const { positions, materials } = workshop.mesh(workshop.build(scene.node));
    return { mesh: `${positions.join()} ${materials.map(({ name }) => name).join()}` };
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
