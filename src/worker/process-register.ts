import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readBootId, readProcess } from '../modules/exec/process-table.ts';
import { killTree } from '../modules/exec/tree.ts';
import type { Log } from './log.ts';

const Entry = z.object({ pid: z.number().int().min(2), started: z.string(), boot: z.string() });

/**
 * The process groups of this worker, one small file each, so that the next worker in this folder can kill what a
 * killed one left. Written at once and without a queue: a group that is not on disk could outlive us unseen.
 */
export class ProcessRegister {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  note(pid: number, alive: boolean): void {
    const path = join(this.#folder, `${pid}.json`);
    if (!alive) {
      rmSync(path, { force: true });
      return;
    }
    // Without its start time a re-used pid could not be told from it: then it is not for us to kill later.
    const started = readProcess(pid)?.started;
    if (started !== undefined) writeFileSync(path, JSON.stringify({ pid, started, boot: readBootId() }));
  }

  /** Kills what is left of a dead predecessor. */
  async sweep(log: Log): Promise<void> {
    for (const name of readdirSync(this.#folder)) {
      const path = join(this.#folder, name);
      const entry = readEntry(path);
      if (entry?.boot === readBootId()) {
        const gone = await killTree({ pid: entry.pid, started: entry.started, mark: undefined }, 0);
        if (!gone) log('error', 'a process of a dead worker does not end', { pid: entry.pid });
      }
      rmSync(path, { force: true });
    }
  }
}

function readEntry(path: string): z.infer<typeof Entry> | undefined {
  try {
    return Entry.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}
