import type { Manifest } from '../protocol/manifest.ts';
import { manifest as exec } from './exec/manifest.ts';
import type { Module } from './module.ts';
import { isLight, manifest as test } from './test/manifest.ts';
import { manifest as textTo3d } from './text-to-3d/manifest.ts';

/** A module as the catalogue knows it: the manifest at hand, the code loaded on a worker alone. */
export interface CatalogEntry {
  readonly manifest: Manifest;
  load(): Promise<Module>;
  /** It only starts programs and waits for them, so one process of it runs any number of jobs at once. */
  readonly sharesProcess?: boolean;
  /** Inputs whose run takes microseconds, touches no file and logs nothing: they may run in the worker's own process. */
  isLight?(input: unknown): boolean;
}

export const CATALOG: readonly CatalogEntry[] = [
  { manifest: exec, load: async () => (await import('./exec/run.ts')).module, sharesProcess: true },
  { manifest: textTo3d, load: async () => (await import('./text-to-3d/run.ts')).module },
  { manifest: test, load: async () => (await import('./test/run.ts')).module, isLight },
];

/** What the orchestrator is handed: enough to validate and place every job, with no engine loaded. */
export const MANIFESTS: readonly Manifest[] = CATALOG.map((entry) => entry.manifest);

export const findModule = (name: string): CatalogEntry | undefined =>
  CATALOG.find((entry) => entry.manifest.name === name);
