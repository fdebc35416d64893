import type { WorkerOutcome } from '../protocol/attempt.ts';

/** Why a running attempt is stopped; the reason of its abort signal. */
export type StopReason = 'cancel' | 'timeout' | 'preempt' | 'fence' | 'abandon' | 'kill';

export class Stop extends Error {
  override readonly name = 'Stop';
  readonly reason: StopReason;

  constructor(reason: StopReason, message: string) {
    super(message);
    this.reason = reason;
  }

  /** No grace: somebody else may already run the job, or this process is about to end. */
  get hard(): boolean {
    return this.reason === 'fence' || this.reason === 'abandon' || this.reason === 'kill';
  }
}

export function stopOf(signal: AbortSignal): Stop | undefined {
  if (!signal.aborted) return undefined;
  return signal.reason instanceof Stop ? signal.reason : new Stop('cancel', 'stopped');
}

/** What the orchestrator is told of a stopped attempt; null when it no longer listens. */
export function outcomeOfStop(stop: Stop): WorkerOutcome | null {
  switch (stop.reason) {
    case 'cancel':
      return { status: 'canceled' };
    case 'timeout':
      return {
        status: 'failed',
        artifacts: [],
        error: {
          cause: 'timeout',
          code: 'timeout',
          message: stop.message,
          hint: 'submit with a larger timeout_seconds',
        },
      };
    case 'preempt':
      return { status: 'preempted', message: stop.message };
    case 'fence':
    case 'kill':
      return {
        status: 'failed',
        artifacts: [],
        error: { cause: 'infra', code: `worker_${stop.reason}`, message: stop.message },
      };
    case 'abandon':
      return null;
  }
}
