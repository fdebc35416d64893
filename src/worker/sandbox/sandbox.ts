import type { Probe } from '../../modules/module.ts';
import type { JobError, Progress } from '../../protocol/job.ts';
import type { SandboxResult } from './messages.ts';

export interface SandboxJob {
  readonly module: string;
  readonly input: unknown;
  readonly job_id: string;
  /** `<job id>#<epoch>` */
  readonly attempt: string;
  readonly files: { readonly in: string; readonly out: string; readonly work: string };
  readonly memory_bytes: number;
  readonly log_bytes_per_second: number;
}

export interface SandboxHooks {
  /** The module's code begins. */
  started(): void;
  progress(progress: Progress): void;
  log(line: string): void;
}

export type SandboxEnd =
  | { readonly kind: 'result'; readonly result: SandboxResult }
  | { readonly kind: 'failed'; readonly error: JobError }
  /** The signal was aborted and nothing of the job runs any more. */
  | { readonly kind: 'stopped' };

/** Runs modules apart from the worker's own process. */
export interface Sandbox {
  probe(module: string, limitMs: number): Promise<Probe>;
  run(job: SandboxJob, hooks: SandboxHooks, signal: AbortSignal): Promise<SandboxEnd>;
  /** Ends a run that was asked to stop without waiting for its grace. */
  kill(attempt: string): void;
  close(): Promise<void>;
}
