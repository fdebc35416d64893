import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { compileGlob } from './glob.ts';
import { type LeftOut, listPlainFiles } from './plain-files.ts';

interface Kept {
  readonly names: readonly string[];
  /** What a glob names and cannot be kept. */
  readonly leftOut: readonly LeftOut[];
}

/** Removes what no glob names; answers with the names that stay, sorted. */
export async function keepOutputs(folder: string, globs: readonly string[]): Promise<Kept> {
  const patterns = globs.map(compileGlob);
  const isWanted = (name: string): boolean => patterns.some((pattern) => pattern.test(name));
  const found = await listPlainFiles(folder);
  for (const name of found.names) if (!isWanted(name)) await unlink(join(folder, name));
  const leftOut: LeftOut[] = [];
  for (const one of found.leftOut) {
    if (isWanted(one.name)) leftOut.push(one);
    // What cannot be removed is not kept either: it is no plain file.
    else await unlink(one.path).catch(() => undefined);
  }
  return { names: found.names.filter(isWanted).sort(), leftOut };
}
