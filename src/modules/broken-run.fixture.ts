import { copyFile, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ModuleContext, Resume, Save } from './module.ts';

/** A run that is stopped by one of its checkpoints, as a worker that drains does it. */
interface BrokenRun {
  life(work: string): Partial<ModuleContext>;
  /** What its last checkpoint left for the next attempt. */
  resume(): Resume;
}

/**
 * @param folder keeps what is saved
 * @param plan.saves the checkpoint that ends the run
 * @param plan.draining whether it is asked to leave from the start
 */
export function breakOff(folder: string, plan: { saves: number; draining?: boolean }): BrokenRun {
  const stop = new AbortController();
  const drain = new AbortController();
  if (plan.draining === true) drain.abort(new Error('drained'));
  let saved = 0;
  let state: unknown = null;
  const keep = async (save: Save, work: string): Promise<void> => {
    await rm(folder, { recursive: true });
    await mkdir(folder);
    for (const name of save.files ?? []) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await copyFile(join(work, name), join(folder, name));
    }
    state = JSON.parse(JSON.stringify(save.state ?? null));
    saved += 1;
    if (saved < plan.saves) return;
    stop.abort(new Error('broken off'));
    throw stop.signal.reason;
  };
  return {
    life: (work) => ({
      signal: stop.signal,
      draining: drain.signal,
      checkpoint: (save) => keep(save, work),
    }),
    resume: () => ({ attempt: 1, state, file: (name) => join(folder, name) }),
  };
}
