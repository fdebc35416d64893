import { HiveError } from '../protocol/errors.ts';
import type { ManifestEntry } from '../protocol/job.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { SimAttempt } from './sim-attempt.ts';

/** What a run needs of its worker process; all times by the worker's clock. */
export interface RunContext {
  readonly random: SeededRandom;
  after(ms: number, run: () => void): () => void;
  pause(ms: number): Promise<void>;
  started(attempt: SimAttempt): void;
  progressed(): void;
  /** The code begins or ends to run on the machine. */
  executing(attempt: SimAttempt, runs: boolean): void;
  stage(attempt: SimAttempt, name: string, bytes: Uint8Array): Promise<unknown>;
  now(): number;
  save(attempt: SimAttempt, seq: number, name: string, bytes: Uint8Array): Promise<void>;
  commit(attempt: SimAttempt, seq: number, files: ManifestEntry[]): Promise<void>;
  /** A file of the checkpoint it goes on from. */
  read(attempt: SimAttempt, name: string): Promise<string>;
  append(attempt: SimAttempt, offset: number, chunk: Uint8Array): Promise<{ readonly length: number }>;
}

export async function persist(
  context: Pick<RunContext, 'pause'>,
  attempt: SimAttempt,
  call: () => Promise<unknown>,
): Promise<void> {
  for (let wait = 100; ; wait = Math.min(5000, wait * 2)) {
    if (attempt.stopped !== null) throw new Error('stopped');
    try {
      await call();
      return;
    } catch (error) {
      if (!passes(error)) throw error;
      await context.pause(wait);
    }
  }
}

/** Overload, a restart or silence pass; everything else is an answer. */
export const passes = (error: unknown): boolean =>
  !(error instanceof HiveError) || error.status >= 500 || error.status === 429;
