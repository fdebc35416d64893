import type { JobId, WorkerId } from '../protocol/ids.ts';
import type { Reason } from '../protocol/job.ts';
import type { WorkerOffer, WorkerState } from '../protocol/worker.ts';
import { moduleCapability } from './requirement-class.ts';
import { asStarted, covers, type Reserve, type Room, subtract, totalRoom } from './resources.ts';

/** A worker as the store keeps it. Times are Unix milliseconds of the store's clock. */
export interface WorkerRecord {
  readonly id: WorkerId;
  readonly boot_id: string;
  /** Raised at each hello; a placement that expects another is refused (C3b). */
  readonly session: number;
  readonly offer: WorkerOffer;
  readonly state: WorkerState;
  readonly reason: Reason;
  /** Why it gets no work until somebody looks at it (C7). */
  readonly cordon?: Reason;
  /** Distinct jobs that failed on it in a row. */
  readonly failed_jobs?: readonly JobId[];
  /** How many jobs it wants ahead of a free slot now (C10). */
  readonly prefetch?: number;
  /** Whether a replica holds its socket. */
  readonly connected: boolean;
  readonly draining: boolean;
  /** While draining: when what still runs is to have left; null lets it run to its end. */
  readonly drain_until: number | null;
  /** What its attempts have reserved, by holdKey. An attempt canceled without an answer stays here. */
  readonly holds: ReadonlyMap<string, Reserve>;
  /** Where the store keeps count; summed from the holds otherwise. */
  readonly tally?: Tally | undefined;
  readonly registered_at: number;
  readonly last_seen_at: number;
}

export const holdKey = (attempt: { readonly job_id: string; readonly epoch: number }): string =>
  `${attempt.job_id}#${attempt.epoch}`;

/** How a worker's room is taken. */
export interface Book {
  /** What is left for jobs that start at once. */
  readonly room: Room;
  /** Jobs sent ahead that still wait for room. */
  readonly ahead: number;
  /** How many more may be sent ahead. */
  readonly credit: number;
}

/** What started jobs leave, and what was sent ahead in the order it came: the store keeps it beside the holds. */
export interface Tally {
  readonly room: Room;
  readonly ahead: readonly Reserve[];
}

export function tallyOf({ offer, holds, tally }: Pick<WorkerRecord, 'offer' | 'holds' | 'tally'>): Tally {
  if (tally !== undefined) return tally;
  const reserves = [...holds.values()];
  const started = reserves.filter((reserve) => reserve.slots > 0);
  const room = started.reduce(subtract, totalRoom(offer.hardware, offer.slots));
  return { room, ahead: reserves.filter((reserve) => reserve.slots === 0) };
}

/**
 * A job that was sent ahead takes nothing until there is room for it; from then on it is counted as started, in the order
 * they came. The worker starts it by the same rule, so neither has to ask the other (C10).
 */
export function bookOf(worker: WorkerRecord): Book {
  const { room: free, ahead: sentAhead } = tallyOf(worker);
  // Without a free slot nothing starts, whatever it needs.
  if (free.slots < 1) return bookWith(worker, free, sentAhead.length);
  let room = free;
  let ahead = 0;
  for (const reserve of sentAhead) {
    const started = asStarted(reserve);
    if (covers(room, started)) room = subtract(room, started);
    else ahead += 1;
  }
  return bookWith(worker, room, ahead);
}

const bookWith = ({ prefetch = 0 }: WorkerRecord, room: Room, ahead: number): Book => ({
  room,
  ahead,
  credit: Math.max(0, prefetch - ahead),
});

export const freeRoom = (worker: WorkerRecord): Room => bookOf(worker).room;

/** What runs on it, or is about to. */
export function takenOf(worker: WorkerRecord): readonly Reserve[] {
  const taken = [...worker.holds.values()].filter((reserve) => reserve.slots > 0);
  let { room } = tallyOf(worker);
  for (const reserve of tallyOf(worker).ahead) {
    const started = asStarted(reserve);
    if (!covers(room, started)) continue;
    room = subtract(room, started);
    taken.push(started);
  }
  return taken;
}

/** Every word a job may ask of this worker: its own, and one per module it can run. */
export function capabilitySet(offer: WorkerOffer): ReadonlySet<string> {
  const modules = offer.modules.filter((module) => module.engine !== null);
  return new Set([...offer.capabilities, ...modules.map((module) => moduleCapability(module.name))]);
}

export const takesWork = (worker: WorkerRecord): boolean =>
  worker.connected && !worker.draining && worker.state === 'online';
