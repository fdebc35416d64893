import { jobStoreOver, Listeners, recordStoreOver } from '../face.ts';
import type { Clock } from '../job-store.ts';
import type { ReadName, RunRead } from '../reads.ts';
import type { Store } from '../record-store.ts';
import { CommitQueue } from './commit-queue.ts';
import { openReader, openWriter } from './connection.ts';
import { Engine } from './engine.ts';
import { decodeRead, runRead } from './read-wire.ts';
import { sqliteReads } from './sqlite-reads.ts';
import type { ThreadSetup } from './sqlite-thread.ts';
import { ThreadLink } from './thread-link.ts';
import {
  decodeError,
  type Group,
  type GroupReply,
  packGroup,
  type ReadCall,
  type Reply,
  unpackReply,
} from './wire.ts';

export interface SqliteOptions {
  readonly file: string;
  /** Waiting jobs held at most; a submit above it is refused. */
  readonly max_queued?: number | undefined;
  /** The file grows to this size at most; above it writes are refused as on a full disk. */
  readonly max_bytes?: number | undefined;
  /** Makes each commit this much slower, for benchmarks. */
  readonly sync_delay_ms?: number | undefined;
  /** False runs the same engine on the caller's thread. */
  readonly threads?: boolean | undefined;
  readonly clock?: Clock | undefined;
}

/** Where groups and reads are answered. */
interface Backend {
  commit(group: Group): Promise<GroupReply>;
  read(call: ReadCall): Promise<Reply>;
  close(): Promise<void>;
}

export async function openSqliteStore(options: SqliteOptions): Promise<Store> {
  const { threads = true, clock = wallClock() } = options;
  const { file, max_queued = Number.MAX_SAFE_INTEGER, max_bytes = null, sync_delay_ms = 0 } = options;
  const setup = { file, max_queued, max_bytes, sync_delay_ms };
  const backend = threads ? await openThreads(setup) : openInline(setup);
  const listeners = new Listeners();
  const queue = new CommitQueue(backend.commit, clock, (seq) => listeners.tell(seq));
  const read: RunRead = async <K extends ReadName>(name: K, args: readonly unknown[]) => {
    // On a full disk what is written can still be read.
    await queue.written().catch(() => {});
    const reply = await backend.read({ read: name, args });
    if (!reply.ok) throw decodeError(reply.error);
    return decodeRead(name, reply.answer);
  };
  return {
    jobs: jobStoreOver(queue.run, read, clock, listeners),
    records: recordStoreOver(queue.run, read),
    close: async () => {
      await queue.idle();
      await queue.written().catch(() => {});
      await backend.close();
    },
  };
}

type Setup = Omit<ThreadSetup, 'role'>;

function openInline(setup: Setup): Backend {
  const engine = new Engine(openWriter(setup.file, setup), setup.max_queued);
  const reader = openReader(setup.file);
  const reads = sqliteReads(reader);
  return {
    commit: async (group) => engine.run(group),
    read: async (call) => runRead(reads, call),
    close: async () => {
      reader.close();
      engine.close();
    },
  };
}

async function openThreads(setup: Setup): Promise<Backend> {
  const writer = new ThreadLink({ ...setup, role: 'writer' });
  const reader = new ThreadLink({ ...setup, role: 'reader' });
  try {
    // The writer first: it makes the file, or says why it may not be opened.
    await writer.open();
    await reader.open();
  } catch (error) {
    await Promise.all([reader.close(), writer.close()]);
    throw error;
  }
  return {
    commit: async (group) => unpackReply(await writer.ask(packGroup(group))),
    read: (call) => reader.ask(call),
    close: async () => {
      await reader.close();
      await writer.close();
    },
  };
}

/** Time never falls while the process lives, whatever is done to the machine's clock. */
function wallClock(): Clock {
  let last = 0;
  return {
    now: () => {
      last = Math.max(last, Date.now());
      return last;
    },
  };
}
