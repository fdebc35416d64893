import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type ModuleContext, UNBROKEN } from '../module.ts';
import { THINGS } from './catalog.ts';
import { type Detail, type Style, TextTo3dInput, TextTo3dOutput } from './manifest.ts';
import { module } from './run.ts';

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

const stream = (seed: number) => {
  let state = (seed + 1) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
};

async function make(input: Partial<TextTo3dInput>, abort = new AbortController()) {
  const out = await mkdtemp(join(tmpdir(), 'text-to-3d-'));
  folders.push(out);
  const stages: string[] = [];
  const percents: number[] = [];
  const context: ModuleContext = {
    ...UNBROKEN,
    signal: abort.signal,
    progress: (percent, stage) => {
      percents.push(percent);
      if (stage) stages.push(stage);
    },
    log: () => undefined,
    files: { in: (name) => name, out, work: out },
    random: stream,
  };
  const full = TextTo3dInput.parse({ thumbnail: false, ...input });
  const result = await module.run(full, context);
  return { ...result, output: TextTo3dOutput.parse(result.output), out, stages, percents };
}

const CM = 0.01;
const { PI } = Math;

// Volumes in cm³ and sizes in cm, by hand.
test.each([
  ['a 5 cm cube', 125, [5, 5, 5], 1, 0],
  ['ball with a diameter of 4cm', (PI * 64) / 6, [4, 4, 4], 1, 0],
  ['a rod 30 mm long and 8 mm thick', PI * 0.16 * 3, [0.8, 0.8, 3], 1, 0],
  ['a frustum 10 cm high, base radius 4 cm, top radius 2 cm', (PI * 10 * (16 + 8 + 4)) / 3, [8, 8, 10], 1, 0],
  ['a wedge 6 by 4 by 3 cm', 36, [6, 4, 3], 1, 0],
  ['a 2 x 3 grid of 1 cm cubes with a gap of 1 cm', 6, [3, 5, 1], 6, 0],
  ['a stack of 4 discs of diameter 10 cm and thickness 1 cm', PI * 100, [10, 10, 4], 1, 0],
  ['three cubes with sides of 1, 2 and 3 cm in a row with gaps of 1 cm', 36, [8, 3, 3], 3, 0],
  ['a 10 cm cube minus a 5 cm cube', 1000 - 125, [10, 10, 10], 2, 0],
  ['a 3 cm cube next to a 2 cm cube with a 1 cm gap', 35, [6, 3, 3], 2, 0],
  ['a box 10 by 8 by 6 cm with 1 cm thick walls and an open top', 480 - 8 * 6 * 5, [10, 8, 6], 1, 0],
  [
    'a tube with an inner radius of 1 cm, an outer radius of 2 cm and a length of 8 cm',
    24 * PI,
    [4, 4, 8],
    1,
    1,
  ],
  ['a 4 cm cube with a 2 cm cube on top of it', 72, [4, 4, 6], 1, 0],
] as const)('%s has its hand-derived volume and size', async (prompt, volume, size, components, genus) => {
  const { output } = await make({ prompt });
  expect(output.volume_m3 / CM ** 3 / volume).toBeCloseTo(1, 1.7);
  for (const [axis, length] of size.entries()) {
    expect((output.bbox_m[axis] ?? 0) / CM / length).toBeCloseTo(1, 2);
  }
  expect(output).toMatchObject({ watertight: true, components, genus, warnings: [] });
  expect(output.validator).toEqual({ errors: 0, warnings: 0 });
});

test('a table keeps the width that is said, in metres', async () => {
  const { output, out } = await make({ prompt: 'a red table 120 cm wide with four legs', thumbnail: true });
  expect(output.bbox_m[0]).toBeCloseTo(1.2, 6);
  expect(output.materials).toEqual(['red']);
  expect((await readdir(out)).sort()).toEqual(['model.glb', 'program.scad', 'report.json', 'thumbnail.png']);
});

test('what is not understood is named with the nearest known words', async () => {
  const failure = await make({ prompt: 'a purple zebra beside a tabel' }).catch((error: unknown) => error);
  expect(failure).toMatchObject({
    code: 'unsupported_prompt',
    details: { unknown: ['zebra', 'tabel'], suggestions: { tabel: expect.arrayContaining(['table']) } },
  });
});

test('the same prompt and seed give the same bytes', async () => {
  const [a, b] = [
    await make({ prompt: 'a hollow box 9 cm wide', seed: 4 }),
    await make({ prompt: 'a hollow box 9 cm wide', seed: 4 }),
  ];
  expect(await readFile(join(a.out, 'model.glb'))).toEqual(await readFile(join(b.out, 'model.glb')));
});

test('progress rises through real stages, and an aborted signal stops the run', async () => {
  const { stages, percents } = await make({ prompt: 'a cone' });
  expect([...percents].sort((a, b) => a - b)).toEqual(percents);
  expect(stages).toContain('meshing');
  const abort = new AbortController();
  abort.abort();
  await expect(make({ prompt: 'a cone' }, abort)).rejects.toThrow();
});

test('a detail level or style changes the form, or that it does not is said', async () => {
  const silent: string[] = [];
  for (const { id } of THINGS) {
    const made = async (style: Style, detail_level: Detail) => {
      const { output } = await make({ prompt: `a ${id}`, style, detail_level });
      const warned = output.warnings.some((warning) => warning.includes('changes nothing on this form'));
      return { form: `${output.triangles} ${output.volume_m3} ${output.area_m2}`, warned };
    };
    const medium = await made('realistic', 'medium');
    for (const [style, detail] of [
      ['realistic', 'low'],
      ['realistic', 'high'],
      ['low-poly', 'medium'],
      ['voxel', 'medium'],
    ] as const) {
      const { form, warned } = await made(style, detail);
      if (form === medium.form && !warned) silent.push(`${id} ${style} ${detail}`);
    }
  }
  expect(silent).toEqual([]);
}, 120_000);

test('a house shows its detail and style', async () => {
  const triangles = async (style: Style, detail_level: Detail) =>
    (await make({ prompt: 'a house', style, detail_level })).output.triangles;
  const levels = [];
  for (const detail of ['low', 'medium', 'high', 'ultra'] as const)
    levels.push(await triangles('realistic', detail));
  expect(levels).toEqual([...new Set(levels)].sort((a, b) => a - b));
  expect(await triangles('low-poly', 'medium')).toBeLessThan(levels[1] ?? 0);
});

test('a cube says that detail changes nothing', async () => {
  const { output } = await make({ prompt: 'a cube', detail_level: 'high', style: 'low-poly' });
  expect(output.warnings).toHaveLength(2);
});
