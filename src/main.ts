import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startWriter } from './store/sqlite/thread-link.ts';

export interface HiveConfig {
  readonly host: string;
  /** 0 takes a free one */
  readonly port: number;
  /** Everything durable lies below it. */
  readonly dataDir: string;
  readonly store: 'sqlite' | 'memory';
  /** How long an attempt may act after its worker was last heard; the other figures follow. Default 30 000. */
  readonly leaseMs?: number | undefined;
  /** Makes each sync of the store this much slower: how a benchmark gets a slow disk. */
  readonly syncDelayMs?: number | undefined;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

export interface RunningHive {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts the control plane in this process. Its thread of the store starts before the rest of the code is read. */
export async function startHive(config: HiveConfig): Promise<RunningHive> {
  await mkdir(config.dataDir, { recursive: true });
  const file = { file: join(config.dataDir, 'hive.db'), sync_delay_ms: config.syncDelayMs };
  const sqlite = config.store === 'memory' ? null : { ...file, writer: startWriter(file) };
  const { assemble } = await import('./assembly.ts');
  return assemble(config, sqlite);
}
