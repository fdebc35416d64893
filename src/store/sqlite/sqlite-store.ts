import type { JobRecord } from '../../core/job.ts';
import { JOB_STATES } from '../../protocol/job-state.ts';
import { jobStoreOver, Listeners, recordStoreOver } from '../face.ts';
import type { Clock, JobKey, PlacedJob } from '../job-store.ts';
import type { Reads, RunRead } from '../reads.ts';
import type { Store } from '../record-store.ts';
import { limitOn } from '../verbs/limit.ts';
import { CommitLog } from './commit-log.ts';
import type { SqlRow } from './driver.ts';
import type { FileReads, JobText } from './file-reads.ts';
import { type AskFile, decodeText, ResidentJobs } from './resident-jobs.ts';
import { heardChanges } from './row-batch.ts';
import { RowFlush } from './row-flush.ts';
import type { RowChange } from './rows.ts';
import type { ThreadSetup } from './sqlite-thread.ts';
import { stateOf } from './status-codec.ts';
import { type FileOptions, setupOf, startWriter, ThreadLink } from './thread-link.ts';
import { answerOf, type Reply } from './thread-wire.ts';

export interface SqliteOptions extends FileOptions {
  /** Waiting jobs held at most; a submit above it is refused. */
  readonly max_queued?: number | undefined;
  /** False reads and writes the file on the caller's thread. */
  readonly threads?: boolean | undefined;
  /** Of this file, where it was started before. */
  readonly writer?: ThreadLink | undefined;
  readonly clock?: Clock | undefined;
}

/** Where the file is read and written. */
interface Backend {
  write(changes: readonly RowChange[], how?: { readonly synced?: boolean }): Promise<void>;
  readonly ask: AskFile;
  /** The same of the one that writes: while the file is opened there is no other. */
  readonly askWriter: AskFile;
  close(): Promise<void>;
}

export async function openSqliteStore(options: SqliteOptions): Promise<Store> {
  const { threads = true, clock = wallClock(), max_queued = Number.MAX_SAFE_INTEGER } = options;
  const backend = threads ? await openThreads(options) : await openInline(options);
  const resident = await ResidentJobs.open(backend, max_queued).catch(async (error: unknown) => {
    await backend.close();
    throw error;
  });
  const { tables, words } = resident;
  const listeners = new Listeners();
  let told = tables.log.sent;
  const rows = new RowFlush({
    words,
    write: (changes) => backend.write(changes, { synced: false }),
    written: (sent) => resident.trim(sent, !tables.hasChanges),
  });
  const log = new CommitLog({
    tables,
    words,
    clock,
    write: backend.write,
    fetch: async (need) => {
      // What ended is looked for in the rows, as far as a full disk has them; all else is within reach until its row is written.
      if (need.kind === 'ended') await rows.flush().catch(() => {});
      return resident.fetch(need);
    },
    committed: (batch) => {
      rows.note(batch);
      if (batch.last_seq <= told) return;
      told = batch.last_seq;
      listeners.tell(told);
    },
  });
  const inFile = async (): Promise<void> => {
    await log.written();
    await rows.flush();
  };
  const read = readsOver(backend.ask, resident, log, inFile);
  return {
    jobs: jobStoreOver(log.run, read, clock, listeners),
    records: recordStoreOver(log.run, read),
    close: async () => {
      await log.idle();
      await inFile().catch(() => {});
      rows.stop();
      log.stop();
      // A full disk: the workers will be heard again.
      await backend.write(heardChanges(tables)).catch(() => {});
      await backend.close();
    },
  };
}

/** From memory where it has the job, else from the file; nobody sees what could still be taken back. */
function readsOver(
  ask: AskFile,
  { tables, words }: ResidentJobs,
  log: CommitLog,
  inFile: () => Promise<void>,
): RunRead {
  const placed = (job: JobRecord, n?: number): PlacedJob => ({
    job,
    position: tables.jobs.positionOf(job, n),
    limited: limitOn(tables, job),
  });
  const getJob = async (key: JobKey): Promise<ReturnType<Reads['getJob']>> => {
    await log.synced().catch(() => {});
    const slot = 'job' in key ? tables.jobs.peek(key.job) : null;
    if (slot !== null) return placed(slot.job);
    await inFile().catch(() => {});
    const text = await ask('getJob', key);
    if (text === null) return null;
    const job = decodeText(text, words);
    return placed(job, text[0]);
  };
  const countJobs = async (
    group?: Parameters<Reads['countJobs']>[0],
  ): Promise<ReturnType<Reads['countJobs']>> => {
    await (group === undefined ? log.synced() : inFile()).catch(() => {});
    if (group !== undefined) return countGroup(await ask('countGroup', group.tenant, group.group_id));
    return { by_state: Object.fromEntries(tables.jobs.indexes.counts) as never };
  };
  const read = async (name: keyof Reads, args: readonly unknown[]): Promise<unknown> => {
    if (name === 'getJob') return getJob(args[0] as JobKey);
    if (name === 'countJobs') return countJobs(args[0] as Parameters<Reads['countJobs']>[0]);
    // On a full disk what is written can still be read.
    await (name === 'listJobs' ? inFile() : log.written()).catch(() => {});
    const answer = await (ask as (name: keyof FileReads, ...given: readonly unknown[]) => Promise<unknown>)(
      name,
      ...args,
    );
    return name === 'listJobs' ? (answer as JobText[]).map((text) => decodeText(text, words)) : answer;
  };
  return read as RunRead;
}

function countGroup(rows: readonly SqlRow[]): ReturnType<Reads['countJobs']> {
  const counts = new Map(rows.map(([state, n]) => [stateOf(Number(state)), Number(n)]));
  return {
    by_state: Object.fromEntries(JOB_STATES.map((state) => [state, counts.get(state) ?? 0])) as never,
  };
}

/** With the driver in this thread, which needs it for nothing else. */
async function openInline(options: SqliteOptions): Promise<Backend> {
  const { inlineFile } = await import('./inline-file.ts');
  const { write, read, readWriter, close } = inlineFile(setupOf(options));
  return {
    write: async (...args) => write(...args),
    ask: asking(read),
    askWriter: asking(readWriter),
    close,
  };
}

async function openThreads(options: SqliteOptions): Promise<Backend> {
  const setup = setupOf(options);
  const { writer = startWriter(options) } = options;
  // It makes the file, or says why it may not be opened.
  await writer.open().catch(async (error: unknown) => {
    await writer.close();
    throw error;
  });
  let opening: Promise<ThreadLink> | null = null;
  // What memory does not know is seldom asked for: the thread starts when it is.
  const reader = (): Promise<ThreadLink> => {
    opening ??= openReaderThread(setup).catch((error: unknown) => {
      opening = null;
      throw error;
    });
    return opening;
  };
  return {
    write: async (changes, { synced = true } = {}) =>
      answerOf<void>(await writer.ask<Reply>({ write: changes, synced })),
    ask: asking(async (read, args) => answerOf(await (await reader()).ask<Reply>({ read, args }))),
    askWriter: asking(async (read, args) => answerOf(await writer.ask<Reply>({ read, args }))),
    close: async () => {
      await (await opening?.catch(() => null))?.close();
      await writer.close();
    },
  };
}

async function openReaderThread(setup: Omit<ThreadSetup, 'role'>): Promise<ThreadLink> {
  const reader = new ThreadLink({ ...setup, role: 'reader' });
  await reader.open();
  return reader;
}

const asking = (ask: (read: keyof FileReads, args: readonly unknown[]) => Promise<unknown>): AskFile =>
  ((read: keyof FileReads, ...args: readonly unknown[]) => ask(read, args)) as AskFile;

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
