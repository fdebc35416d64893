import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { markOf } from '../modules/exec/scope.ts';
import { killMarked } from '../modules/exec/tree.ts';
import type { AttemptRef } from '../protocol/attempt.ts';
import type { Log } from './log.ts';
import type { ProcessRegister } from './process-register.ts';
import type { StateFolder } from './state-folder.ts';

export const attemptKey = (ref: { readonly job_id: string; readonly epoch: number }): string =>
  `${ref.job_id}#${ref.epoch}`;

/** Unlike a key it may stand in a path, and with the nonce two executions under one epoch stay apart. */
export const folderName = (ref: AttemptRef): string => `${ref.job_id}.${ref.epoch}.${ref.nonce.slice(0, 8)}`;

const keyOfFolder = (name: string): string => name.split('.').slice(0, 2).join('#');

/** Ends and removes what a predecessor in this folder left: its attempts are lost, whatever state they were in. */
export async function clearLeftovers(state: StateFolder, register: ProcessRegister, log: Log): Promise<void> {
  await register.sweep(log);
  for (const name of await readdir(state.attempts)) {
    const key = keyOfFolder(name);
    await killMarked(markOf(key));
    await removeFolder(join(state.attempts, name));
    log('warn', 'removed an attempt of a worker that died', { attempt: key });
  }
}

/** Retried: a process that was just killed may still be writing. */
export async function removeFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}
