import { mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HiveError } from '../../protocol/errors.ts';
import { decodeSegment, placeOfPrefix } from './keys.ts';

const CODES_OF_A_SICK_DISK: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk that keeps artifacts and logs is full.',
  EDQUOT: 'The disk quota for artifacts and logs is used up.',
  EROFS: 'The disk that keeps artifacts and logs is read-only.',
  EIO: 'The disk that keeps artifacts and logs reports an error.',
  EACCES: 'The folder that keeps artifacts and logs may not be written.',
  EMFILE: 'The process has too many open files.',
};

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** Says what is wrong with the disk in words a person can act on; other errors pass. */
export async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const detail = CODES_OF_A_SICK_DISK[codeOf(error)];
    if (detail === undefined || error instanceof HiveError) throw error;
    throw new HiveError('store_unavailable', detail, {
      hint: 'free space or move the data folder, then try again',
      retryAfterSeconds: 30,
      cause: error,
    });
  }
}

/** Null where there is no such file. */
export async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return null;
    throw error;
  }
}

export async function sizeOf(path: string): Promise<number | null> {
  const found = await orNull(stat(path));
  return found?.isFile() ? found.size : null;
}

/** A rename is only on the disk once the folder that holds the name is. */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // Windows and some network file systems cannot sync a folder; and one that is gone again needs none.
    if (!['EPERM', 'EINVAL', 'EISDIR', 'ENOTSUP', 'ENOENT'].includes(codeOf(error))) throw error;
  } finally {
    await handle.close();
  }
}

/** Makes a folder; answers the folders whose content changed by it, to be synced. */
async function makeFolder(path: string): Promise<string[]> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return [];
  const changed: string[] = [];
  for (let at = path; at.length >= first.length; at = dirname(at)) changed.push(dirname(at));
  return changed;
}

/** Moves a file into place, over what was there. With `durable` the new name survives power loss once this resolves. */
export async function moveInto(from: string, to: string, durable: boolean): Promise<void> {
  const folder = dirname(to);
  const changed = await makeFolder(folder);
  try {
    await rename(from, to);
  } catch (error) {
    // A clean-up may have taken the empty folder between the two calls.
    if (codeOf(error) !== 'ENOENT') throw error;
    changed.push(...(await makeFolder(folder)));
    await rename(from, to);
  }
  if (durable) for (const path of [folder, ...changed]) await syncFolder(path);
}

/** Removes every key with the prefix and the folders that it leaves empty. */
export async function removePrefix(root: string, prefix: string): Promise<void> {
  const { folder, start } = placeOfPrefix(root, prefix);
  const names = (await orNull(readdir(folder))) ?? [];
  for (const name of names) {
    if (name.startsWith(start)) await rm(join(folder, name), { recursive: true, force: true });
  }
  for (let at = folder; at.length > root.length; at = dirname(at)) {
    try {
      await rmdir(at);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') return;
    }
  }
}

/** The key segments that follow a prefix which ends in `/`, each once. */
export async function listBelow(root: string, prefix: string): Promise<string[]> {
  const found = new Set<string>();
  const walk = async (folder: string, begun: string): Promise<void> => {
    for (const name of (await orNull(readdir(folder))) ?? []) {
      if (name.endsWith('+')) await walk(join(folder, name), begun + name.slice(0, -1));
      // Files have an ending, and no encoded name holds a dot.
      else found.add(decodeSegment(begun + name.replace(/\..*$/, '')));
    }
  };
  await walk(placeOfPrefix(root, prefix).folder, '');
  return [...found].sort();
}

/** Temp files of a process that died are of no use after a day. */
export async function removeOldFiles(folder: string, olderThanMs: number): Promise<void> {
  const limit = Date.now() - olderThanMs;
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await orNull(stat(path));
    if (found !== null && found.mtimeMs < limit) await rm(path, { recursive: true, force: true });
  }
}
