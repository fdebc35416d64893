import type { HiveEvent } from '../protocol/event.ts';
import type { EventPage, JobStore } from '../store/job-store.ts';
import type { Deps } from './deps.ts';
import type { EventNotice } from './orchestrator.ts';

/** Events kept in memory so that many followers cost one read of the store. */
const RING_SIZE = 4096;
/** The truth is the store: a lost hint delays a follower by this much at most. */
const POLL_MS = 1000;

/** The end of the event history, followed by any number of readers with a cursor. */
export interface EventTail {
  lastSeq(): Promise<number>;
  /** Events after the cursor, from memory when they are still there. */
  read(after: number, limit: number): Promise<EventPage>;
  /** Resolves when there may be events after the cursor, when the signal aborts, or after a second. */
  changed(after: number, signal: AbortSignal): Promise<void>;
  follow(after: number | null, signal: AbortSignal): AsyncGenerator<EventNotice>;
  close(): void;
}

export function openEventTail(deps: Deps): EventTail {
  const { jobs } = deps.store;
  let hinted = 0;
  const waiters = new Set<() => void>();
  const read = createRing(jobs, () => hinted);
  const unsubscribe = jobs.onCommit((seq) => {
    hinted = Math.max(hinted, seq);
    for (const wake of waiters) wake();
    waiters.clear();
  });

  const changed = (after: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (hinted > after || signal.aborted) return resolve();
      const done = (): void => {
        cancel();
        waiters.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const cancel = deps.time.after(POLL_MS, done);
      waiters.add(done);
      signal.addEventListener('abort', done);
    });

  const lastSeq = async (): Promise<number> =>
    Math.max(hinted, (await jobs.readEvents({ after: hinted, limit: 1 })).last_seq);

  const tail = { lastSeq, read, changed };
  return { ...tail, follow: (after, signal) => follow(tail, after, signal), close: unsubscribe };
}

/** The latest events in memory, filled up to the last hint when somebody reads. */
function createRing(jobs: JobStore, hinted: () => number): EventTail['read'] {
  let ring: HiveEvent[] = [];
  let filling: Promise<void> | null = null;
  const end = (): number => ring.at(-1)?.seq ?? 0;

  const fill = async (): Promise<void> => {
    while (end() < hinted()) {
      // A ring that fell too far behind starts anew.
      if (hinted() - end() > RING_SIZE) ring = [];
      const from = ring.length > 0 ? end() : Math.max(0, hinted() - RING_SIZE);
      const page = await jobs.readEvents({ after: from, limit: 1000 });
      if (page.events.length === 0) return;
      ring = [...ring, ...page.events].slice(-RING_SIZE);
    }
  };

  return async (after, limit) => {
    if (hinted() > end()) {
      filling ??= fill().finally(() => {
        filling = null;
      });
      await filling;
    }
    const first = ring[0]?.seq;
    if (first === undefined || after < first - 1) return jobs.readEvents({ after, limit });
    const events = ring.slice(after - first + 1, after - first + 1 + limit);
    return { events, first_seq: first, last_seq: end() };
  };
}

async function* follow(
  tail: Pick<EventTail, 'lastSeq' | 'read' | 'changed'>,
  after: number | null,
  signal: AbortSignal,
): AsyncGenerator<EventNotice> {
  let cursor = after ?? (await tail.lastSeq());
  while (!signal.aborted) {
    const page = await tail.read(cursor, 500);
    if (page.first_seq > cursor + 1 && cursor < page.last_seq) {
      yield { kind: 'gap', missed_from: cursor + 1, next: page.first_seq };
      cursor = page.first_seq - 1;
      continue;
    }
    for (const event of page.events) {
      yield { kind: 'event', event };
      cursor = event.seq;
    }
    if (page.events.length === 0) await tail.changed(cursor, signal);
  }
}
