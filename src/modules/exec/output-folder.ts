import { readdir, rm } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { compileGlob } from './glob.ts';

/** Removes what no glob names; answers with the names that stay, sorted. */
export async function keepOutputs(folder: string, globs: readonly string[]): Promise<string[]> {
  const patterns = globs.map(compileGlob);
  const kept: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path).split(sep).join('/');
    if (entry.isFile() && patterns.some((pattern) => pattern.test(name))) kept.push(name);
    else await rm(path, { force: true });
  }
  return kept.sort();
}
