import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** How a sandbox child is started. */
export interface ChildEntry {
  readonly path: string;
  readonly execArgv: readonly string[];
}

/** The child's entry beside this file: built JavaScript, or TypeScript through tsx in a checkout. */
export function childEntry(override?: string): ChildEntry {
  if (override !== undefined) return { path: override, execArgv: [] };
  if (!import.meta.url.endsWith('.ts')) {
    return { path: fileURLToPath(new URL('./warm-child.js', import.meta.url)), execArgv: [] };
  }
  // The child starts in a folder of its own, where the name alone would not be found.
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  return {
    path: fileURLToPath(new URL('./warm-child.ts', import.meta.url)),
    execArgv: ['--import', loader],
  };
}
