import type { Assignment, AttemptProgress, AttemptRef, Resume, WorkerOutcome } from '../protocol/attempt.ts';
import type { Progress } from '../protocol/job.ts';
import { JobPlan } from './job-plan.ts';

export type StopReason = 'cancel' | 'timeout' | 'preempt' | 'fence' | 'abandon' | 'kill';
const HARD: readonly StopReason[] = ['fence', 'abandon', 'kill'];

/** One attempt as a worker process keeps it: the fields and rules of the product's LiveAttempt. */
export class SimAttempt {
  readonly ref: AttemptRef;
  readonly plan: JobPlan;
  readonly timeout_ms: number;
  readonly resume: Resume | undefined;
  readonly keeps_running: boolean;
  readonly reserve: { readonly cpu: number; readonly memory_bytes: number };
  /** What earlier attempts had done of it. */
  from_ms = 0;
  /** Checkpoints begun. */
  seq = 0;
  leaving = false;
  state: 'queued' | 'running' | 'ended' = 'queued';
  confirmed = false;
  started = false;
  progress: Progress | undefined;
  outcome: WorkerOutcome | undefined;
  sentAt = Number.NEGATIVE_INFINITY;
  reuploads = 0;
  abandoned = false;
  stopped: StopReason | null = null;
  log = '';
  shipped = 0;
  readonly #onStop: (() => void)[] = [];
  #onDrain: (() => void) | undefined;
  #cancelLate = (): void => {};

  constructor(assignment: Assignment) {
    const { job_id, epoch, nonce } = assignment;
    this.ref = { job_id, epoch, nonce };
    this.plan = JobPlan.parse(assignment.input);
    this.timeout_ms = assignment.timeout_ms;
    this.resume = assignment.resume;
    this.reserve = assignment.reserve ?? { cpu: 0, memory_bytes: 0 };
    this.keeps_running = assignment.on_partition === 'keep_running';
  }

  get progressLine(): AttemptProgress {
    return { ...this.ref, ...(this.progress !== undefined && { progress: this.progress }) };
  }

  get hard(): boolean {
    return this.stopped !== null && HARD.includes(this.stopped);
  }

  /** The first reason stands, but a hard one still shortens the grace of a soft one. */
  stop(reason: StopReason): void {
    if (this.stopped !== null && (this.hard || !HARD.includes(reason))) return;
    const first = this.stopped === null;
    this.stopped = first ? reason : this.stopped;
    if (!first) this.hurried = true;
    for (const tell of this.#onStop) tell();
  }

  /** Asked to die at once after it was asked to end. */
  hurried = false;

  /** @param late arms the end of its time */
  leave(late: () => () => void): void {
    this.stay();
    this.leaving = true;
    this.#cancelLate = late();
    this.#onDrain?.();
  }

  stay(): void {
    this.leaving = false;
    this.#cancelLate();
  }

  onDrain(tell: () => void): void {
    this.#onDrain = tell;
    if (this.leaving) tell();
  }

  onStop(tell: () => void): void {
    this.#onStop.push(tell);
  }
}

/** What the orchestrator is told of a stopped attempt; null when it no longer listens. */
export function outcomeOfStop(reason: StopReason): WorkerOutcome | null {
  switch (reason) {
    case 'cancel':
      return { status: 'canceled' };
    case 'timeout':
      return failure('timeout', 'timeout');
    case 'preempt':
      return { status: 'preempted', message: 'the worker drains' };
    case 'fence':
    case 'kill':
      return failure('infra', `worker_${reason}`);
    case 'abandon':
      return null;
  }
}

export const failure = (cause: 'user' | 'infra' | 'oom' | 'timeout', code: string): WorkerOutcome => ({
  status: 'failed',
  error: { cause, code, message: `it ended with ${code}` },
  artifacts: [],
});
