import { join } from 'node:path';
import type { Assignment, AttemptProgress, AttemptRef, WorkerOutcome } from '../protocol/attempt.ts';
import type { Progress } from '../protocol/job.ts';
import { refOf } from './executor.ts';
import { folderName } from './leftovers.ts';
import { Stop, type StopReason } from './stop.ts';

const LONGEST_TIMER = 2 ** 31 - 1;

/** An attempt that this worker has accepted and whose outcome is not settled yet. */
export class LiveAttempt {
  readonly ref: AttemptRef;
  readonly assignment: Assignment;
  readonly #root: string;
  hasFolder = false;
  #stopping: AbortController | undefined;
  #draining: AbortController | undefined;
  #late: NodeJS.Timeout | undefined;
  /** It was asked to save a checkpoint and leave. */
  leaving = false;
  state: 'queued' | 'running' | 'ended' = 'queued';
  /** The store knows that this worker has it; before that it may be given to another, so it must not start (C3b). */
  confirmed = false;
  /** The module's code began. */
  started = false;
  progress: Progress | undefined;
  outcome: WorkerOutcome | undefined;
  /** When the outcome was last sent, by the monotonic clock. */
  sentAt = Number.NEGATIVE_INFINITY;
  reuploads = 0;
  /** The orchestrator gave it to somebody else: its outcome interests nobody. */
  abandoned = false;

  constructor(assignment: Assignment, root: string) {
    this.assignment = assignment;
    this.ref = refOf(assignment);
    this.#root = root;
  }

  get folder(): string {
    return join(this.#root, folderName(this.ref));
  }

  get stopping(): AbortController {
    this.#stopping ??= new AbortController();
    return this.#stopping;
  }

  get draining(): AbortController {
    this.#draining ??= new AbortController();
    return this.#draining;
  }

  get progressLine(): AttemptProgress {
    return { ...this.ref, ...(this.progress !== undefined && { progress: this.progress }) };
  }

  /** Asks it to stop; the first reason stands. False when it was asked before. */
  stop(reason: StopReason, message: string): boolean {
    if (this.stopping.signal.aborted) return false;
    this.stopping.abort(new Stop(reason, message));
    return true;
  }

  /** Asks it to leave; `late` is called when the time is over. Asked again, the later word counts. */
  leave(message: string, leftMs: number | undefined, late: () => void): void {
    this.stay();
    this.leaving = true;
    if (leftMs !== undefined) this.#late = setTimeout(late, Math.min(leftMs, LONGEST_TIMER));
    if (!this.draining.signal.aborted) this.draining.abort(new Stop('preempt', message));
  }

  /** It may go on after all, or has ended. */
  stay(): void {
    this.leaving = false;
    clearTimeout(this.#late);
  }
}
