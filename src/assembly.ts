import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { buildApp } from './api/app.ts';
import { listen } from './api/server.ts';
import { openFileBlobs } from './blobs/fs/file-blobs.ts';
import { DEFAULT_LEASE, leaseOf } from './core/lease.ts';
import type { HiveConfig, RunningHive } from './main.ts';
import { MANIFESTS } from './modules/catalog.ts';
import { createOrchestrator } from './orchestrator/control-plane.ts';
import type { Time } from './orchestrator/deps.ts';
import { openLog } from './process-log.ts';
import { VERSION } from './protocol/version.ts';
import { createMemoryStore } from './store/memory/memory-store.ts';
import type { Store } from './store/record-store.ts';
import { openSqliteStore, type SqliteOptions } from './store/sqlite/sqlite-store.ts';

/** Store → orchestrator → API; stopped in the reverse order. */
export async function assemble(config: HiveConfig, sqlite: SqliteOptions | null): Promise<RunningHive> {
  const log = openLog(join(config.dataDir, 'hive.log'), config.logLevel);
  const time = systemTime();
  const random = pooledRandom();
  const [store, blobs] = await Promise.all([
    openStore(sqlite, time),
    openFileBlobs({ dir: join(config.dataDir, 'blobs') }),
  ]);
  try {
    const lease = config.leaseMs === undefined ? DEFAULT_LEASE : leaseOf(config.leaseMs);
    const orchestrator = createOrchestrator({
      store,
      blobs,
      catalogue: MANIFESTS,
      lease,
      time,
      randomBytes: random,
      jitter: () => random(6).readUIntBE(0, 6) / 2 ** 48,
      log,
    });
    const app = buildApp({ orchestrator, version: VERSION, log });
    const { url, close } = await listen(app, { host: config.host, port: config.port });
    await orchestrator.start();
    log.info({ url, version: VERSION }, 'hive is up');
    const stop = async (): Promise<void> => {
      await orchestrator.stop();
      await close();
      await store.close();
      log.info({}, 'hive is down');
    };
    return { url, stop };
  } catch (error) {
    await store.close();
    throw error;
  }
}

function openStore(sqlite: SqliteOptions | null, time: Time): Promise<Store> {
  return sqlite === null ? Promise.resolve(createMemoryStore({ clock: time })) : openSqliteStore(sqlite);
}

const POOL = 8192;

/** Each byte is given out once; one call to the system serves hundreds of ids. */
function pooledRandom(): (size: number) => Buffer {
  let pool = randomBytes(POOL);
  let used = 0;
  return (size) => {
    if (used + size > POOL) {
      pool = randomBytes(Math.max(POOL, size));
      used = 0;
    }
    used += size;
    return pool.subarray(used - size, used);
  };
}

/** The wall clock at start, then the monotonic one: a clock that is set back never makes a lease younger. */
function systemTime(): Time {
  const origin = Date.now() - performance.now();
  return {
    now: () => Math.floor(origin + performance.now()),
    after(ms, run) {
      const timer = setTimeout(run, Math.min(ms, 2 ** 31 - 1));
      return () => clearTimeout(timer);
    },
  };
}
