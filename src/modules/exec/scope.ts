import { AsyncLocalStorage } from 'node:async_hooks';
import type { ProcessTree } from './tree.ts';

/**
 * What the sandbox knows and a module does not have to: which attempt runs, under which ceilings. Programs that a
 * module starts take it from here, so that no module can forget to mark, limit or report one.
 */
export interface ProgramScope {
  readonly job_id: string;
  /** `<job id>#<epoch>`: the value of HIVE_ATTEMPT in the environment of every program of the attempt */
  readonly attempt: string;
  readonly memory_bytes: number | null;
  started(tree: ProcessTree): void;
  ended(tree: ProcessTree): void;
}

const scopes = new AsyncLocalStorage<ProgramScope>();
let unscoped = 0;

export const withScope = <T>(scope: ProgramScope, run: () => T): T => scopes.run(scope, run);

/** The scope of the running attempt; outside of a sandbox (tests) one with no ceiling. */
export function currentScope(): ProgramScope {
  const scope = scopes.getStore();
  if (scope !== undefined) return scope;
  unscoped += 1;
  const attempt = `local-${process.pid}#${unscoped}`;
  const ignore = (): void => {};
  return { job_id: 'local', attempt, memory_bytes: null, started: ignore, ended: ignore };
}

export const markOf = (attempt: string): string => `HIVE_ATTEMPT=${attempt}`;
