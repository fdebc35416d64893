import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const SRC = join(ROOT, 'src');

/** Who may import whom; ARCHITECTURE.md shows the same table. A name ending in .ts is that one file of the room. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  core: ['protocol'],
  store: ['core', 'protocol'],
  blobs: ['core', 'protocol'],
  provisioners: ['core', 'protocol'],
  orchestrator: [
    'core',
    'protocol',
    'store/job-store.ts',
    'store/record-store.ts',
    'blobs/blob-store.ts',
    'provisioners/provisioner.ts',
  ],
  simulation: ['protocol', 'core', 'orchestrator', 'store', 'blobs/blob-store.ts'],
  api: ['orchestrator', 'protocol', 'simulation'],
  client: ['protocol'],
  modules: ['protocol'],
  worker: ['modules', 'client', 'protocol'],
  cli: ['client', 'protocol', 'main.ts', 'worker'],
  dashboard: ['client', 'protocol'],
  'main.ts': ['*'],
  'assembly.ts': ['*'],
  'process-log.ts': ['orchestrator'],
};

/** Rooms whose code must load in a browser or a simulation: no node: imports but those named. */
const NO_NODE = ['protocol', 'core', 'client'];

/** Folders of src/modules that every module may import: the shared numeric kernels. */
const KERNELS = ['tensor', 'geo', 'mesh'];

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file))
  .map((file) => file.replaceAll('\\', '/'));

interface Import {
  readonly from: string;
  readonly to: string;
}

const importsOf = (file: string): string[] => {
  const text = readFileSync(join(SRC, file), 'utf8');
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s[^'"`;]*?from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)\s*import\s*['"]([^'"]+)['"]/g;
  return [...text.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
};

const relativeImports: Import[] = files.flatMap((file) =>
  importsOf(file)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => ({
      from: file,
      to: relative(SRC, resolve(dirname(join(SRC, file)), specifier)).replaceAll('\\', '/'),
    })),
);

/** A test beside a file that is a room of its own belongs to that room. */
const roomOf = (file: string): string => (file.split('/')[0] ?? file).replace(/\.test\.ts$/, '.ts');
const isTest = (file: string): boolean => /(\.(test|fixture)\.tsx?|\/conformance(\/|\.ts))/.test(file);

function isAllowed({ from, to }: Import): boolean {
  const [home, target] = [roomOf(from), roomOf(to)];
  if (to.startsWith('..')) return false;
  if (home === 'modules' && target === 'modules') return isAllowedModule(from, to);
  if (home === target) return true;
  const allowed = ALLOWED[home] ?? [];
  return allowed.includes('*') || allowed.includes(target) || allowed.includes(to);
}

/** A module sees its own folder, the contract and the kernels, never a sibling; the catalogue sees them all. */
function isAllowedModule(from: string, to: string): boolean {
  const [, home = ''] = from.split('/');
  const [, target = ''] = to.split('/');
  if (!from.slice('modules/'.length).includes('/')) return true;
  if (KERNELS.includes(home)) return target === home || KERNELS.includes(target);
  if (from.endsWith('/manifest.ts')) return false;
  return (
    target === home ||
    KERNELS.includes(target) ||
    target === 'module.ts' ||
    (isTest(from) && target === 'conformance.ts')
  );
}

describe('the house (ARCHITECTURE.md)', () => {
  test('every file stands in a known room', () => {
    expect(files.map(roomOf).filter((room) => !(room in ALLOWED))).toEqual([]);
  });

  test('imports go only where the table allows', () => {
    const wrong = relativeImports.filter(
      (entry) => !(isTest(entry.from) && roomOf(entry.from) !== 'core') && !isAllowed(entry),
    );
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
  });

  test('the rule finds a planted violation', () => {
    expect(isAllowed({ from: 'core/rank.ts', to: 'store/job-store.ts' })).toBe(false);
    expect(isAllowed({ from: 'orchestrator/dispatcher.ts', to: 'store/memory/memory-store.ts' })).toBe(false);
    expect(isAllowed({ from: 'modules/exec/run.ts', to: 'modules/test/run.ts' })).toBe(false);
    expect(isAllowed({ from: 'worker/agent.ts', to: 'store/job-store.ts' })).toBe(false);
  });

  test('protocol, core and client load outside Node', () => {
    const wrong = files
      .filter((file) => NO_NODE.includes(roomOf(file)) && !isTest(file))
      .flatMap((file) =>
        importsOf(file)
          .filter((name) => name.startsWith('node:'))
          .map((name) => `${file} → ${name}`),
      );
    expect(wrong).toEqual([]);
  });

  test('protocol and manifests import no package but zod', () => {
    const wrong = files
      .filter((file) => (roomOf(file) === 'protocol' || file.endsWith('/manifest.ts')) && !isTest(file))
      .flatMap((file) =>
        importsOf(file)
          .filter((name) => !name.startsWith('.') && name !== 'zod')
          .map((name) => `${file} → ${name}`),
      );
    expect(wrong).toEqual([]);
  });

  test('no file is named after nothing', () => {
    expect(
      files.filter((file) =>
        /(^|[/-])(util|utils|helper|helpers|common|manager|service|misc)s?[./-]/.test(file),
      ),
    ).toEqual([]);
  });
});
