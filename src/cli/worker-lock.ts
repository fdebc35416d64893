import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { commandLineOf } from './process-facts.ts';
import { isAlive } from './server-file.ts';

/** A worker that holds a state folder. */
export interface Holder {
  readonly pid: number;
  /** The server it dials. */
  readonly url: string | null;
}

/**
 * The live worker of the folder, if any. The pid in the lock may long be somebody else's: only a process that was
 * started as a worker with this very folder counts, for its pid will be sent signals.
 */
export async function readHolder(stateDir: string): Promise<Holder | null> {
  const pid = await readPid(join(stateDir, 'lock.json'));
  if (pid === null || !isAlive(pid)) return null;
  const words = await commandLineOf(pid);
  if (words === null || !words.includes('worker') || optionIn(words, '--state-dir') !== stateDir) return null;
  return { pid, url: optionIn(words, '--url') };
}

function optionIn(words: readonly string[], option: string): string | null {
  const at = words.indexOf(option);
  return at < 0 ? null : (words[at + 1] ?? null);
}

async function readPid(path: string): Promise<number | null> {
  try {
    const { pid } = JSON.parse(await readFile(path, 'utf8')) as { pid?: unknown };
    return typeof pid === 'number' && Number.isInteger(pid) && pid > 1 ? pid : null;
  } catch {
    return null;
  }
}
