import type { JobId, WorkerId } from '../protocol/ids.ts';
import type { Reason } from '../protocol/job.ts';
import type { WorkerOffer, WorkerState } from '../protocol/worker.ts';
import { moduleCapability } from './requirement-class.ts';
import { type Reserve, type Room, subtract, totalRoom } from './resources.ts';

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
  /** Whether a replica holds its socket. */
  readonly connected: boolean;
  readonly draining: boolean;
  /** While draining: when what still runs is to have left; null lets it run to its end. */
  readonly drain_until: number | null;
  /** What its attempts have reserved, by holdKey. An attempt canceled without an answer stays here. */
  readonly holds: Readonly<Record<string, Reserve>>;
  readonly registered_at: number;
  readonly last_seen_at: number;
}

export const holdKey = (attempt: { readonly job_id: string; readonly epoch: number }): string =>
  `${attempt.job_id}#${attempt.epoch}`;

export function freeRoom(worker: WorkerRecord): Room {
  let room = totalRoom(worker.offer.hardware, worker.offer.slots);
  for (const reserve of Object.values(worker.holds)) room = subtract(room, reserve);
  return room;
}

/** Every word a job may ask of this worker: its own, and one per module it can run. */
export function capabilitySet(offer: WorkerOffer): ReadonlySet<string> {
  const modules = offer.modules.filter((module) => module.engine !== null);
  return new Set([...offer.capabilities, ...modules.map((module) => moduleCapability(module.name))]);
}

export const takesWork = (worker: WorkerRecord): boolean =>
  worker.connected && !worker.draining && worker.state === 'online';
