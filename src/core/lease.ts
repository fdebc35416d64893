import { HiveError } from '../protocol/errors.ts';

/** The figures of C3, in milliseconds. */
export interface LeaseFigures {
  /** How long an attempt may act after its worker was last heard. */
  readonly lease_ms: number;
  /** How often a worker beats. */
  readonly beat_ms: number;
  /** After this much silence a worker has killed its attempts. */
  readonly kill_after_ms: number;
  /** After this much silence the orchestrator re-queues. */
  readonly lost_after_ms: number;
  /** An assignment not accepted by then is released. */
  readonly accept_ms: number;
}

export const DEFAULT_LEASE: LeaseFigures = {
  lease_ms: 30_000,
  beat_ms: 10_000,
  kill_after_ms: 45_000,
  lost_after_ms: 60_000,
  accept_ms: 2000,
};

/** The figures of another lease, in the same proportions: a beat of a third, killed after one and a half, lost after two. */
export function leaseOf(lease_ms: number): LeaseFigures {
  return {
    lease_ms,
    beat_ms: Math.floor(lease_ms / 3),
    kill_after_ms: Math.floor(lease_ms * 1.5),
    lost_after_ms: lease_ms * 2,
    accept_ms: DEFAULT_LEASE.accept_ms,
  };
}

/** No job may run twice at once: the worker must have killed its attempt before the orchestrator gives it to another. */
export function checkLease(figures: LeaseFigures): LeaseFigures {
  const { lease_ms, beat_ms, kill_after_ms, lost_after_ms } = figures;
  const demand = (holds: boolean, detail: string, hint: string): void => {
    if (!holds) throw new HiveError('invalid_request', detail, { hint });
  };
  demand(
    beat_ms * 2 <= lease_ms,
    `lease.beat_ms ${beat_ms} leaves no room for a missed beat in lease.lease_ms ${lease_ms}`,
    'use a beat of a third of the lease',
  );
  demand(
    kill_after_ms >= lease_ms,
    `lease.kill_after_ms ${kill_after_ms} is shorter than lease.lease_ms ${lease_ms}`,
    'use one and a half leases',
  );
  demand(
    lost_after_ms > kill_after_ms,
    `lease.lost_after_ms ${lost_after_ms} is not after lease.kill_after_ms ${kill_after_ms}`,
    'use two leases',
  );
  return figures;
}
