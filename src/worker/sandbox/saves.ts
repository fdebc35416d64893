import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ModuleError, type Resume, type Save } from '../../modules/module.ts';
import { CHECKPOINT_STATE } from '../../protocol/attempt.ts';
import { ArtifactName } from '../../protocol/job.ts';
import { codeOf } from '../placed-file.ts';
import type { SandboxJob, SaveRequest } from './sandbox.ts';

/** A larger state belongs into a file. */
const MAX_STATE = 4 * 2 ** 20;

/** The checkpoint calls of one run, sent to the worker one after the other. */
export class Saves {
  readonly #signal: AbortSignal;
  readonly #send: (save: SaveRequest) => void;
  readonly #waiting = new Map<number, (error: Error | null) => void>();
  #last: Promise<unknown> = Promise.resolve();
  #seq = 0;

  constructor(signal: AbortSignal, send: (save: SaveRequest) => void) {
    this.#signal = signal;
    this.#send = send;
  }

  readonly save = (save: Save): Promise<void> => {
    const before = this.#last;
    const saving = before.then(() => this.#ask(save));
    this.#last = saving.catch(() => {});
    return saving;
  };

  answered(seq: number, error: string | undefined): void {
    this.#waiting.get(seq)?.(error === undefined ? null : new ModuleError('checkpoint_failed', error));
  }

  #ask(save: Save): Promise<void> {
    this.#signal.throwIfAborted();
    const checked = checkSave(save);
    const seq = ++this.#seq;
    return new Promise((resolve, reject) => {
      const stop = (): void => settle(this.#signal.reason as Error);
      const settle = (error: Error | null): void => {
        this.#waiting.delete(seq);
        this.#signal.removeEventListener('abort', stop);
        if (this.#signal.aborted) reject(this.#signal.reason);
        else if (error === null) resolve();
        else reject(error);
      };
      this.#waiting.set(seq, settle);
      this.#signal.addEventListener('abort', stop);
      this.#send({ seq, ...checked });
    });
  }
}

function checkSave({ state, files = [] }: Save): Omit<SaveRequest, 'seq'> {
  for (const name of files) {
    if (!ArtifactName.safeParse(name).success || name === CHECKPOINT_STATE)
      throw new ModuleError('bad_checkpoint', `"${name}" cannot name a file of a checkpoint`);
  }
  const text = state === undefined ? undefined : JSON.stringify(state);
  if (text === undefined && files.length === 0) throw new ModuleError('bad_checkpoint', 'it saves nothing');
  if (text !== undefined && text.length > MAX_STATE)
    throw new ModuleError(
      'bad_checkpoint',
      `its state has ${text.length} characters, ${MAX_STATE} are allowed`,
      {
        hint: 'write it to a file',
      },
    );
  return { files: [...new Set(files)], ...(text !== undefined && { state: text }) };
}

/** What a module is shown of the checkpoint that lies in the folder. */
export async function readResume(from: SandboxJob['resume']): Promise<Resume | null> {
  if (from === null) return null;
  const text = await readFile(join(from.folder, CHECKPOINT_STATE), 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return 'null';
    throw error;
  });
  const state: unknown = JSON.parse(text);
  return { attempt: from.attempt, state, file: (name) => join(from.folder, name) };
}
