import type { CatalogEntry } from '../modules/catalog.ts';
import type { Log } from './log.ts';

export interface WorkerConfig {
  /** `http://host:port` of the orchestrator. */
  readonly url: string;
  readonly name: string;
  /** Hive's own version, as the offer states it. */
  readonly version: string;
  /** Attempts that run at once. */
  readonly slots: number;
  /** Jobs it takes ahead of a free slot. */
  readonly prefetch?: number | undefined;
  /** How long one of those waits for a slot before it goes back to the queue. */
  readonly prefetchPatienceMs?: number | undefined;
  /** Names of modules or families restrict the modules to those; other words are offered as they are. */
  readonly capabilities?: readonly string[] | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly region?: string | undefined;
  readonly stateDir: string;
  readonly log: Log;
  /** The modules of this build when left out. */
  readonly catalog?: readonly CatalogEntry[] | undefined;
  /** How long running attempts may go on after a drain began. */
  readonly drainGraceMs?: number | undefined;
  readonly cacheBytes?: number | undefined;
  readonly logBytesPerSecond?: number | undefined;
  /** Where the build put the sandbox child, when it is not beside this code. */
  readonly childEntry?: string | undefined;
}

export const DEFAULTS = {
  prefetch: 1,
  prefetchPatienceMs: 1000,
  drainGraceMs: 20_000,
  cacheBytes: 10 * 2 ** 30,
  logBytesPerSecond: 2 ** 20,
  logBytes: 64 * 2 ** 20,
  probeMs: 10_000,
  idleMs: 5 * 60_000,
} as const;
