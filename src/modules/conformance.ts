import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fieldErrors } from '../protocol/errors.ts';
import { Progress } from '../protocol/job.ts';
import { MODULE_KINDS } from '../protocol/manifest.ts';
import { Capability, Requirements } from '../protocol/requirements.ts';
import { breakOff } from './broken-run.fixture.ts';
import { type Module, type ModuleContext, type ModuleResult, UNBROKEN } from './module.ts';

import { seededRandom } from './random.ts';

export interface ConformanceOptions<I> {
  /** An input that runs long enough to be stopped; the example when left out. */
  readonly slow?: I;
  /** An input whose run saves checkpoints, several if it is not asked to leave. */
  readonly checkpointed?: I;
  /** Fields that take any value, so that no wrong one can be named. */
  readonly freeFields?: readonly string[];
  /** Staged input files by name. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
}

interface Trace<O> {
  readonly result: ModuleResult<O>;
  readonly progress: Progress[];
  readonly bytes: Record<string, string>;
}

/** No module takes this where a field has any meaning at all. */
const NONSENSE = { 'not a value': [null] };

/** What every module keeps; `describe`s itself, to be called from the module's own test file. */
export function moduleConformance<I, O>(module: Module<I, O>, options: ConformanceOptions<I> = {}): void {
  const { manifest } = module;
  const example = (): I => structuredClone(manifest.example);
  let root: string;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'hive-module-'));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  const place = async (): Promise<ModuleContext['files'] & { readonly folder: string }> => {
    const folder = await mkdtemp(join(root, 'run-'));
    const path = (name: string): string => join(folder, name);
    for (const name of ['in', 'out', 'work']) await mkdir(path(name));
    for (const [name, bytes] of Object.entries(options.files ?? {})) {
      await writeFile(join(path('in'), name), bytes);
    }
    return { folder, in: (name) => join(path('in'), name), out: path('out'), work: path('work') };
  };

  const run = async (
    input: I,
    signal = new AbortController().signal,
    life: (work: string) => Partial<ModuleContext> = () => ({}),
  ): Promise<Trace<O>> => {
    const files = await place();
    const progress: Progress[] = [];
    const result = await module.run(manifest.input.parse(input), {
      ...UNBROKEN,
      signal,
      ...life(files.work),
      progress: (percent, stage, message) => {
        progress.push(Progress.parse({ percent, stage, message }));
      },
      log: (line) => expect(typeof line).toBe('string'),
      files,
      random: seededRandom,
    });
    return { result, progress, bytes: await hashFiles(files.out) };
  };

  describe(`module ${manifest.name}`, () => {
    it('has a manifest that can be listed, placed and tried', () => {
      expect(manifest.name).toMatch(/^[a-z][a-z0-9-]*$/);
      expect(Capability.safeParse(manifest.family).success).toBe(true);
      expect(MODULE_KINDS).toContain(manifest.kind);
      expect(manifest.title).not.toBe('');
      expect(manifest.description).not.toBe('');
      expect(manifest.version).toMatch(/^\d+\.\d+\.\d+$/);
      const needs = Requirements.parse(manifest.needs(manifest.input.parse(example())));
      expect(needs.capabilities).toContain(manifest.family);
    });

    it('parses its parsed input to the same again', () => {
      const once = manifest.input.parse(example());
      expect(manifest.input.parse(structuredClone(once))).toEqual(once);
    });

    it('rejects a bad input with the name of the field', () => {
      const free = new Set(options.freeFields ?? []);
      const fields = Object.keys(example() as object).filter((field) => !free.has(field));
      expect(fields.length).toBeGreaterThan(0);
      for (const field of fields) {
        const parsed = manifest.input.safeParse({ ...example(), [field]: NONSENSE });
        expect(parsed.success, field).toBe(false);
        const pointers = parsed.success ? [] : fieldErrors(parsed.error).map((error) => error.pointer);
        expect(pointers.some((pointer) => pointer === `/${field}` || pointer.startsWith(`/${field}/`))).toBe(
          true,
        );
      }
    });

    it('rejects a field it does not know, by its name', () => {
      const parsed = manifest.input.safeParse({ ...example(), no_such_field: 1 });
      expect(parsed.success).toBe(false);
      expect(parsed.success ? '' : parsed.error.message).toContain('no_such_field');
    });

    it('probes in reasonable time and names its engine', async () => {
      const probe = await module.probe();
      if (probe.ok) expect(probe.engine).not.toBe('');
      else expect(probe.reason).not.toBe('');
    });

    it('C13: answers what its schema promises, names its engine and never falls back in progress', async () => {
      const { result, progress } = await run(example());
      expect(result.engine).not.toBe('');
      expect(manifest.output.parse(result.output)).toEqual(result.output);
      expect(JSON.parse(JSON.stringify(result.output))).toEqual(result.output);
      for (const figure of Object.values(result.metrics ?? {})) expect(Number.isFinite(figure)).toBe(true);
      const percents = progress.map(({ percent }) => percent);
      expect(percents).toEqual([...percents].sort((a, b) => a - b));
    });

    it('makes the same bytes from the same input', async () => {
      const [first, second] = [await run(example()), await run(example())];
      expect(second.bytes).toEqual(first.bytes);
      expect(second.result.output).toEqual(first.result.output);
      expect(second.result.engine).toBe(first.result.engine);
    });

    it.runIf(options.checkpointed)('C9: a checkpointed run equals an unbroken one', async () => {
      const input = (): I => structuredClone(options.checkpointed ?? example());
      const whole = await run(input());
      // Broken off at its first checkpoint, at its second, and at the first after it was asked to leave.
      for (const plan of [{ saves: 1 }, { saves: 2 }, { saves: 1, draining: true }]) {
        const broken = breakOff(await mkdtemp(join(root, 'saved-')), plan);
        await expect(run(input(), undefined, broken.life)).rejects.toThrow('broken off');
        const resumed = await run(input(), undefined, () => ({ resume: broken.resume() }));
        expect(resumed.result.output).toEqual(whole.result.output);
        expect(resumed.bytes).toEqual(whole.bytes);
      }
    });

    it('does not begin when it is stopped already', async () => {
      const stop = new AbortController();
      stop.abort(new Error('stopped before'));
      await expect(run(example(), stop.signal)).rejects.toThrow();
    });

    it('ends within a second of its signal', async () => {
      const stop = new AbortController();
      const ended = run(options.slow ?? example(), stop.signal).then(
        () => 'returned',
        () => 'threw',
      );
      await new Promise((resolve) => setTimeout(resolve, 60));
      const asked = performance.now();
      stop.abort(new Error('stopped'));
      const how = await ended;
      expect(performance.now() - asked).toBeLessThan(1000);
      if (options.slow !== undefined) expect(how).toBe('threw');
    });
  });
}

async function hashFiles(folder: string): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const hash = createHash('sha256').update(await readFile(path));
    hashes[relative(folder, path)] = hash.digest('hex');
  }
  return hashes;
}
