import type { WorkerId } from '../protocol/ids.ts';
import type { WorkerOffer } from '../protocol/worker.ts';

export interface WorkerEnd {
  /** exit code for a process that is nothing but this worker */
  readonly code: number;
  readonly message: string;
}

export interface RunningWorker {
  readonly name: string;
  readonly stateDir: string;
  readonly offer: WorkerOffer;
  workerId(): WorkerId | undefined;
  status(): { connected: boolean; draining: boolean; queued: number; running: number; unsettled: number };
  /** Resolves at the first welcome. */
  readonly online: Promise<WorkerId>;
  /** Resolves when the worker is gone, whatever ended it. */
  readonly ended: Promise<WorkerEnd>;
  /** Takes no new work, lets attempts end until the grace is over, gives the rest back, leaves (C9). */
  drain(message: string, graceMs?: number): Promise<WorkerEnd>;
  /** Kills what runs and leaves. */
  kill(message: string, code?: number): Promise<WorkerEnd>;
}
