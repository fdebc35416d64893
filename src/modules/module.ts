import type { Manifest } from '../protocol/manifest.ts';

/** Why a worker can or cannot run a module, and the command that mends it. */
export type Probe =
  | { readonly ok: true; readonly engine: string }
  | { readonly ok: false; readonly reason: string; readonly fix?: string };

export interface ModuleFiles {
  /** Absolute path of a staged input file, by the name `manifest.files` gave it. */
  in(name: string): string;
  /** Absolute path of the folder whose files become the job's artifacts, of a failed run too. */
  readonly out: string;
  /** Absolute path of scratch space that is removed with the attempt. */
  readonly work: string;
}

/** What a module saves so that a later attempt can go on from there. */
export interface Save {
  /** A JSON value. */
  readonly state?: unknown;
  /** Files under `files.work`, by their path relative to it; unchanged until the promise of the call is settled. */
  readonly files?: readonly string[];
}

/** What an earlier attempt of the same job saved last. */
export interface Resume {
  /** Number of that attempt. */
  readonly attempt: number;
  /** null when it saved none. */
  readonly state: unknown;
  /** Absolute path of a saved file, read-only, by the name it was saved under. */
  file(name: string): string;
}

/** The only way a running module touches the world. */
export interface ModuleContext {
  /** Aborted on cancel, drain deadline or time-out; a module must return or throw within 1 s of it. */
  readonly signal: AbortSignal;
  /**
   * Aborted when the attempt is to leave soon: its worker drains, or the machine is taken away. A module that can should
   * save a checkpoint now; it is stopped once that is committed. One that cannot just goes on: it may still end in time.
   */
  readonly draining: AbortSignal;
  /** Where to go on; null at a first start, and after a failure of the module's own. */
  readonly resume: Resume | null;
  /**
   * Saves where the run stands; resolves once the next attempt would go on from there. Each replaces the one before.
   * Rejects when it could not be saved (the run may go on) and when the run is to stop.
   */
  checkpoint(save: Save): Promise<void>;
  /** 0–100, never falling; `stage` is a short present participle (`meshing`). */
  progress(percent: number, stage?: string, message?: string): void;
  log(line: string): void;
  readonly files: ModuleFiles;
  /** Deterministic stream of numbers in [0, 1) from a seed: same seed, same stream, on every machine. */
  random(seed: number): () => number;
}

export interface ModuleResult<O> {
  /** Which implementation made the result, always stated: `procedural`, `shap-e`, … */
  readonly engine: string;
  readonly output: O;
  /** Measured figures of this run, by name with its unit: `mesh_ms`, `triangles`. */
  readonly metrics?: Readonly<Record<string, number>>;
  readonly warnings?: readonly string[];
}

/** A runnable module: its manifest and the code that only a worker loads. */
export interface Module<I = unknown, O = unknown> {
  readonly manifest: Manifest<I>;
  /** Cheap (under 100 ms) and honest: may this machine run the module now? */
  probe(): Promise<Probe>;
  run(input: I, context: ModuleContext): Promise<ModuleResult<O>>;
}

export const defineModule = <I, O>(module: Module<I, O>): Module<I, O> => module;

/** An expected failure of a module: bad content, an impossible request. Counts as `user`, with a code and a way out. */
export class ModuleError extends Error {
  override readonly name = 'ModuleError';
  readonly code: string;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(
    code: string,
    message: string,
    options: { hint?: string; details?: Record<string, unknown> } = {},
  ) {
    super(message);
    this.code = code;
    this.hint = options.hint;
    this.details = options.details;
  }
}

/** Of the context of a run that begins afresh, is never asked to leave and is not saved: for tests of a module. */
export const UNBROKEN: Pick<ModuleContext, 'draining' | 'resume' | 'checkpoint'> = {
  draining: new AbortController().signal,
  resume: null,
  checkpoint: async () => {},
};
