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
  /** The folder that holds what an earlier attempt saved. */
  readonly resume: { readonly attempt: number; readonly folder: string } | null;
  readonly memory_bytes: number;
  readonly log_bytes_per_second: number;
}

/** What a module asks to be saved: files under its work folder, and a state as JSON. */
export interface SaveRequest {
  readonly seq: number;
  readonly files: readonly string[];
  readonly state?: string | undefined;
}

/** How a run is asked to end: at once, or when it is convenient. */
export interface SandboxSignals {
  readonly stop: AbortSignal;
  readonly drain: AbortSignal;
}

export interface SandboxHooks {
  /** The module's code begins. */
  started(): void;
  progress(progress: Progress): void;
  log(line: string): void;
  /** Resolves when it is committed. */
  checkpoint(save: SaveRequest): Promise<void>;
}

export type SandboxEnd =
  | { readonly kind: 'result'; readonly result: SandboxResult }
  | { readonly kind: 'failed'; readonly error: JobError }
  /** The signal was aborted and nothing of the job runs any more. */
  | { readonly kind: 'stopped' };

/** Runs modules apart from the worker's own process. */
export interface Sandbox {
  probe(module: string, limitMs: number): Promise<Probe>;
  run(job: SandboxJob, hooks: SandboxHooks, signals: SandboxSignals): Promise<SandboxEnd>;
  /** Ends a run that was asked to stop without waiting for its grace. */
  kill(attempt: string): void;
  close(): Promise<void>;
}
