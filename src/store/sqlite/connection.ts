import { HiveError } from '../../protocol/errors.ts';
import { type Driver, openDriver } from './driver.ts';
import { replayJournal } from './journal.ts';
import { migrate } from './schema.ts';
import type { ThreadSetup } from './sqlite-thread.ts';

/** A connection that may write, once it holds the file's lock. `close` lets go of both. */
export function openWriter(
  file: string,
  { max_bytes, sync_delay_ms }: Pick<ThreadSetup, 'max_bytes' | 'sync_delay_ms'>,
): Driver {
  const lock = takeLock(file);
  try {
    const driver = openDriver(file);
    try {
      // First, because nothing may be written to a file that a newer version owns.
      migrate(driver, file);
      driver.exec('PRAGMA journal_mode = WAL');
      driver.exec('PRAGMA synchronous = FULL');
      driver.exec('PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON');
      driver.exec('PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 8000');
      if (max_bytes !== null) {
        const pageSize = Number(driver.value('PRAGMA page_size', []));
        driver.exec(`PRAGMA max_page_count = ${Math.ceil(max_bytes / pageSize)}`);
      }
      replayJournal(driver);
      // A file that cannot be written is refused here and not at the first submit.
      driver.run("INSERT OR REPLACE INTO meta VALUES ('owner_pid', ?)", [process.pid]);
    } catch (error) {
      driver.close();
      throw error;
    }
    const writer = sync_delay_ms === 0 ? driver : slowed(driver, sync_delay_ms);
    return { ...writer, close: () => closeBoth(driver, lock) };
  } catch (error) {
    lock.close();
    throw error;
  }
}

export function openReader(file: string): Driver {
  const driver = openDriver(file);
  driver.exec('PRAGMA query_only = ON; PRAGMA cache_size = -32768; PRAGMA busy_timeout = 5000');
  return driver;
}

/** As on a disk that takes longer to sync; only this thread waits. */
function slowed(driver: Driver, ms: number): Driver {
  const never = new Int32Array(new SharedArrayBuffer(4));
  const run: Driver['run'] = (sql, params) => {
    driver.run(sql, params);
    if (sql === 'COMMIT') Atomics.wait(never, 0, 0, ms);
  };
  return { ...driver, run };
}

function closeBoth(driver: Driver, lock: Driver): void {
  driver.close();
  lock.close();
}

/** An exclusive transaction on a file beside: the operating system ends it with its process, however that ends. */
function takeLock(file: string): Driver {
  const lock = openDriver(`${file}.lock`);
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    if (!(error instanceof HiveError) || !error.message.includes('locked')) throw error;
    const owner = ownerOf(file);
    throw new HiveError('store_unavailable', `another orchestrator (${owner.words}) already uses ${file}`, {
      hint: `stop it${owner.pid === null ? '' : ` (kill ${owner.pid})`}, or start this one with another data folder`,
      cause: error,
    });
  }
}

function ownerOf(file: string): { readonly pid: number | null; readonly words: string } {
  try {
    const driver = openReader(file);
    const pid = Number(driver.value("SELECT value FROM meta WHERE key = 'owner_pid'", []));
    driver.close();
    return { pid, words: `process ${pid}` };
  } catch {
    return { pid: null, words: 'another process' };
  }
}
