import { mkdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { openSqliteStore } from './sqlite-store.ts';

export interface BuiltStore {
  readonly openSqliteStore: typeof openSqliteStore;
  /** The module's address, for another process. */
  readonly url: string;
  remove(): Promise<void>;
}

/** The store as the build makes it, threads beside their module: what tests of threads and crashes run. */
export async function buildStore(name: string): Promise<BuiltStore> {
  const folder = new URL(`../../../node_modules/.cache/hive-${name}-${process.pid}/`, import.meta.url);
  await mkdir(folder, { recursive: true });
  await build({
    entryPoints: ['sqlite-store', 'sqlite-thread'].map((entry) =>
      fileURLToPath(new URL(`./${entry}.ts`, import.meta.url)),
    ),
    outdir: fileURLToPath(folder),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['libsql'],
    logLevel: 'silent',
  });
  const url = new URL('sqlite-store.js', folder).href;
  const module = (await import(/* @vite-ignore */ url)) as Pick<BuiltStore, 'openSqliteStore'>;
  return {
    openSqliteStore: module.openSqliteStore,
    url,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
