import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exportMesh } from '../mesh/formats.ts';
import type { Mesh } from '../mesh/mesh.ts';
import { encodePng } from '../mesh/png.ts';
import { renderThumbnail } from '../mesh/raster.ts';
import { checkTopology, measure } from '../mesh/topology.ts';
import { validateGlb } from '../mesh/validate.ts';
import { defineModule, type ModuleContext, ModuleError, type ModuleResult } from '../module.ts';
import { loadKernel, Workshop } from './build.ts';
import { VOCABULARY } from './catalog.ts';
import { readPrompt } from './grammar.ts';
import { manifest, type TextTo3dInput, type TextTo3dOutput } from './manifest.ts';
import type { Program } from './program.ts';
import type { Note } from './reader.ts';
import { writeScad } from './scad.ts';
import { type Check, makeScene } from './scene.ts';
import { creaseOf, describeStyle, kitOf, VOXELS } from './style.ts';
import { warnUnchanged } from './unchanged.ts';
import { voxelize } from './voxels.ts';

export const module = defineModule<TextTo3dInput, TextTo3dOutput>({
  manifest,
  async probe() {
    try {
      await loadKernel();
      return { ok: true, engine: 'procedural' };
    } catch (error) {
      return {
        ok: false,
        reason: `the geometry kernel does not load: ${String(error)}`,
        fix: 'npm install manifold-3d',
      };
    }
  },
  run,
});

interface Model {
  readonly mesh: Mesh;
  readonly program: Program;
  readonly notes: readonly Note[];
  readonly checks: readonly Check[];
  readonly warnings: readonly string[];
}

async function run(input: TextTo3dInput, context: ModuleContext): Promise<ModuleResult<TextTo3dOutput>> {
  const { signal } = context;
  signal.throwIfAborted();
  const clock = startClock();
  context.progress(0, 'parsing');
  const kernel = await loadKernel();
  const model = buildModel(input, context, new Workshop(kernel, signal));
  clock.lap('build_ms');
  signal.throwIfAborted();
  context.progress(50, 'checking');
  const facts = factsOf(model.mesh);
  clock.lap('check_ms');
  context.progress(60, 'exporting');
  const exported = await exportModel(input, context, model);
  clock.lap('export_ms');
  signal.throwIfAborted();
  if (input.thumbnail) await renderModel(input, context, model.mesh);
  clock.lap('render_ms');
  const output: TextTo3dOutput = {
    ...exported,
    format: input.format,
    ...facts,
    understood: [...model.notes],
    warnings: [...model.warnings],
  };
  await writeFile(join(context.files.out, 'program.scad'), writeScad(input, model.program.root));
  await writeFile(
    join(context.files.out, 'report.json'),
    `${JSON.stringify({ ...input, ...output, checks: model.checks, program: model.program }, null, 1)}\n`,
  );
  context.progress(100, 'checking');
  return {
    engine: 'procedural',
    output,
    metrics: { triangles: output.triangles, ...clock.laps },
    warnings: model.warnings,
  };
}

function buildModel(input: TextTo3dInput, context: ModuleContext, workshop: Workshop): Model {
  try {
    const { phrases } = readPrompt(input.prompt, VOCABULARY);
    context.progress(10, 'building');
    const kit = kitOf(input.style, input.detail_level, context.random(input.seed));
    const scene = makeScene(phrases, workshop, kit);
    context.progress(35, 'meshing');
    const solid = workshop.build(scene.node);
    const smooth = workshop.mesh(solid);
    const warnings = [...warningsOf(scene.checks), ...scene.warnings];
    const mesh =
      input.style === 'voxel' ? voxelize(smooth, VOXELS[input.detail_level], context.signal) : smooth;
    if (input.style === 'voxel') warnings.push(...changedBy(smooth, mesh));
    const { style, detail_level: detail } = input;
    const random = (): (() => number) => context.random(input.seed);
    warnings.push(...warnUnchanged(mesh, phrases, workshop, { style, detail }, random));
    const styled = { words: `style ${style}, detail ${detail}`, meaning: describeStyle(style, detail) };
    const notes = [...inOrder(scene.notes, input.prompt), styled];
    return { mesh, program: { unit: 'm', root: scene.node }, notes, checks: scene.checks, warnings };
  } finally {
    workshop.dispose();
  }
}

/** As the words stand in the prompt; what it does not say comes last. */
function inOrder(notes: readonly Note[], prompt: string): Note[] {
  const text = prompt.toLowerCase();
  const placeOf = ({ words }: Note): number => {
    const at = text.indexOf(words.toLowerCase());
    return at < 0 ? text.length : at;
  };
  return [...notes].sort((a, b) => placeOf(a) - placeOf(b));
}

/** Stated lengths must be met to 0.1 %, volumes of true shapes to 1 %. */
function warningsOf(checks: readonly Check[]): string[] {
  return checks.flatMap(({ what, expected, measured }) => {
    const off = Math.abs(measured - expected) / expected;
    const limit = what.startsWith('volume') ? 0.01 : 0.001;
    return off > limit ? [`${what} is ${measured.toPrecision(4)} instead of ${expected.toPrecision(4)}`] : [];
  });
}

/** Cubes can close a hole, join parts that are finer than they are, or make thin parts thicker. */
function changedBy(smooth: Mesh, voxels: Mesh): string[] {
  const [before, after] = [checkTopology(smooth), checkTopology(voxels)];
  const share = measure(voxels).volume / measure(smooth).volume - 1;
  const changed = [
    before.components === after.components
      ? ''
      : `${before.components} separate surfaces became ${after.components}`,
    before.genus === after.genus ? '' : `${before.genus} through holes became ${after.genus}`,
    Math.abs(share) < 0.1 ? '' : `the volume changed by ${Math.round(share * 100)} %`,
  ].filter(Boolean);
  return changed.length > 0 ? [`the voxels are coarser than the form: ${changed.join(', ')}`] : [];
}

type Facts = Pick<
  TextTo3dOutput,
  | 'triangles'
  | 'vertices'
  | 'volume_m3'
  | 'area_m2'
  | 'bbox_m'
  | 'watertight'
  | 'components'
  | 'genus'
  | 'materials'
>;

function factsOf(mesh: Mesh): Facts {
  const topology = checkTopology(mesh);
  if (!topology.closed) {
    throw new ModuleError('not_watertight', 'The result is not a closed 2-manifold, so it is not returned.', {
      hint: 'This is a fault of the module: please report the prompt.',
      details: { ...topology },
    });
  }
  const { volume, area, bbox } = measure(mesh);
  return {
    triangles: topology.triangles,
    vertices: topology.vertices,
    volume_m3: volume,
    area_m2: area,
    bbox_m: [bbox.size[0], bbox.size[1], bbox.size[2]],
    watertight: topology.closed,
    components: topology.components,
    genus: topology.genus ?? 0,
    materials: mesh.materials.map(({ name }) => name),
  };
}

async function exportModel(
  input: TextTo3dInput,
  context: ModuleContext,
  { mesh }: Model,
): Promise<Pick<TextTo3dOutput, 'model' | 'sha256' | 'validator'>> {
  const { prompt, style, detail_level, seed } = input;
  const extras = {
    prompt,
    style,
    detail_level,
    seed,
    engine: 'procedural',
    module: `text-to-3d@${manifest.version}`,
  };
  const files = await exportMesh(mesh, input.format, { name: 'model', creaseAngle: creaseOf(style), extras });
  for (const { name, bytes } of files) await writeFile(join(context.files.out, name), bytes);
  const bytes = files[0]?.bytes ?? new Uint8Array();
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const report = input.format === 'glb' ? await validateGlb(bytes) : null;
  if (report && report.errors > 0) {
    throw new ModuleError('invalid_glb', 'The glTF validator found errors, so the file is not returned.', {
      details: { messages: report.messages },
    });
  }
  const validator = report && { errors: report.errors, warnings: report.warnings };
  return { model: files[0]?.name ?? '', sha256, validator };
}

async function renderModel(input: TextTo3dInput, context: ModuleContext, mesh: Mesh): Promise<void> {
  context.progress(75, 'rendering');
  const pixels = renderThumbnail(mesh, { width: 512, height: 512, creaseAngle: creaseOf(input.style) });
  await writeFile(join(context.files.out, 'thumbnail.png'), encodePng(pixels, 512, 512));
}

/** Durations of the steps, for the metrics only: nothing in the result depends on them. */
function startClock(): { laps: Record<string, number>; lap(name: string): void } {
  let last = performance.now();
  const laps: Record<string, number> = {};
  return {
    laps,
    lap(name) {
      const now = performance.now();
      laps[name] = Math.round((now - last) * 10) / 10;
      last = now;
    },
  };
}
