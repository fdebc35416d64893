import type { AttemptRef } from '../protocol/attempt.ts';
import type { OrchestratorMessage } from '../protocol/channel.ts';
import type { WorkerId } from '../protocol/ids.ts';
import type { WorkerLink } from './orchestrator.ts';

/** A worker whose socket this process holds. */
export interface Session {
  readonly worker_id: WorkerId;
  readonly session: number;
  readonly boot_id: string;
  readonly link: WorkerLink;
}

interface Undelivered {
  readonly attempt: AttemptRef;
  readonly worker_id: WorkerId;
  readonly due: number;
}

/** The sockets of this process, and the assignments on them that nobody has accepted yet. No truth lives here. */
export interface Sessions {
  open(session: Session): void;
  /** Forgets the session if it is still the one that is open; answers what it had not accepted. */
  close(session: Session): AttemptRef[];
  get(worker: WorkerId): Session | undefined;
  ids(): ReadonlySet<WorkerId>;
  all(): readonly Session[];
  /** False when the worker is not connected here. */
  send(worker: WorkerId, message: OrchestratorMessage): boolean;
  awaitAccept(worker: WorkerId, attempt: AttemptRef, due: number): void;
  accepted(attempt: AttemptRef): void;
  /** When the first assignment will be overdue. */
  firstDue(): number | null;
  /** Takes out the assignments whose time to be accepted is over. */
  takeOverdue(now: number): AttemptRef[];
}

export function createSessions(): Sessions {
  const open = new Map<WorkerId, Session>();
  const undelivered = new Map<string, Undelivered>();
  const take = (which: (entry: Undelivered) => boolean): AttemptRef[] => {
    const taken = [...undelivered.values()].filter(which).map((entry) => entry.attempt);
    for (const attempt of taken) undelivered.delete(attempt.nonce);
    return taken;
  };
  return {
    open(session) {
      const before = open.get(session.worker_id);
      open.set(session.worker_id, session);
      if (before !== undefined && before.link !== session.link)
        before.link.close(4001, 'taken over by a newer connection');
    },
    close(session) {
      if (open.get(session.worker_id) !== session) return [];
      open.delete(session.worker_id);
      return take((entry) => entry.worker_id === session.worker_id);
    },
    get: (worker) => open.get(worker),
    ids: () => new Set(open.keys()),
    all: () => [...open.values()],
    send(worker, message) {
      const session = open.get(worker);
      session?.link.send(message);
      return session !== undefined;
    },
    awaitAccept: (worker_id, attempt, due) => {
      undelivered.set(attempt.nonce, { attempt, worker_id, due });
    },
    accepted: (attempt) => {
      undelivered.delete(attempt.nonce);
    },
    // All get the same time, so the first that was sent is the first to be overdue.
    firstDue: () => undelivered.values().next().value?.due ?? null,
    takeOverdue: (now) => take((entry) => entry.due <= now),
  };
}
