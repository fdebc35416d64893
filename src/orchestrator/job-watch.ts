import type { JobId } from '../protocol/ids.ts';
import type { Job, Progress } from '../protocol/job.ts';
import { isTerminal } from '../protocol/job-state.ts';
import type { EventTail } from './event-tail.ts';
import type { JobNotice } from './orchestrator.ts';

/** A resuming reader this far behind gets the present state alone; the job's timeline tells the rest. */
const REPLAY_MAX = 10_000;

/** Progress between state changes: the last value is on the attempt, the moving one passes here and is not kept. */
export interface ProgressBoard {
  post(job: JobId, progress: Progress): void;
  /** Calls back for each post; answers the unsubscribe function. */
  watch(job: JobId, listener: (progress: Progress) => void): () => void;
}

export function createProgressBoard(): ProgressBoard {
  const listeners = new Map<JobId, Set<(progress: Progress) => void>>();
  return {
    post(job, progress) {
      for (const listener of listeners.get(job) ?? []) listener(progress);
    },
    watch(job, listener) {
      const set = listeners.get(job) ?? new Set();
      listeners.set(job, set.add(listener));
      return () => {
        set.delete(listener);
        if (set.size === 0) listeners.delete(job);
      };
    },
  };
}

/** One reader of one job: its state now, then each change and the progress between, until it has ended. */
export async function* watchJob(
  tail: EventTail,
  board: ProgressBoard,
  read: () => Promise<Job>,
  id: JobId,
  after: number | null,
  signal: AbortSignal,
): AsyncGenerator<JobNotice> {
  let latest: Progress | null = null;
  let wake = (): void => {};
  /** Until there may be an event, progress was posted, or the reader left; nothing of the wait outlives it. */
  const news = async (cursor: number): Promise<void> => {
    const over = new AbortController();
    wake = () => over.abort();
    signal.addEventListener('abort', wake);
    if (latest !== null || signal.aborted) wake();
    await tail.changed(cursor, over.signal);
    signal.removeEventListener('abort', wake);
  };
  const unwatch = board.watch(id, (progress) => {
    latest = progress;
    wake();
  });
  try {
    const last = await tail.lastSeq();
    const resumes = after !== null && after < last && last - after <= REPLAY_MAX;
    let cursor = resumes ? after : last;
    let caughtUp = false;
    while (!signal.aborted) {
      const page = await tail.read(cursor, 500);
      for (const event of page.events) {
        cursor = event.seq;
        if (event.job_id !== id) continue;
        const job = await read();
        yield { kind: 'state', seq: event.seq, type: event.type, job };
        if (isTerminal(job.state) && event.type === `job.${job.state}`) return;
      }
      if (page.events.length > 0) continue;
      if (!caughtUp) {
        caughtUp = true;
        const job = await read();
        if (!resumes || isTerminal(job.state))
          yield { kind: 'state', seq: cursor, type: `job.${job.state}`, job };
        if (isTerminal(job.state)) return;
      }
      const moved: Progress | null = latest;
      latest = null;
      if (moved !== null) yield { kind: 'progress', progress: moved };
      else await news(cursor);
    }
  } finally {
    unwatch();
  }
}

/** The job when it has ended, or as it stands when `ms` have passed or the asker left. */
export async function waitForEnd(
  tail: EventTail,
  board: ProgressBoard,
  read: () => Promise<Job>,
  id: JobId,
  signal: AbortSignal,
): Promise<Job> {
  for await (const notice of watchJob(tail, board, read, id, null, signal)) {
    if (notice.kind === 'state' && isTerminal(notice.job.state)) return notice.job;
  }
  return read();
}
