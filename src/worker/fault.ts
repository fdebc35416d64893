import type { FailureCause, JobError } from '../protocol/job.ts';
import { Refused } from './attempt-api.ts';
import { Backoff } from './backoff.ts';
import { messageOf } from './log.ts';
import { codeOf } from './placed-file.ts';

/** A failure of the worker's own part of an attempt, ready to be reported. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly error: JobError;

  constructor(cause: FailureCause, code: string, message: string, hint?: string) {
    super(message);
    this.error = { cause, code, message: message.slice(0, 8192), ...(hint !== undefined && { hint }) };
  }
}

/**
 * Repeats a call until it has an answer: networks and orchestrators come back, and the lease (through the signal)
 * bounds the wait. A definite refusal is thrown at once.
 */
export async function persist<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const backoff = new Backoff(100, 5000);
  for (;;) {
    signal.throwIfAborted();
    try {
      return await call();
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Fault || (error instanceof Refused && !error.passing)) throw error;
      if (isLocal(error)) throw error;
      await backoff.wait(signal, error instanceof Refused ? Math.min(error.retryAfterMs, 30_000) : 0);
    }
  }
}

/** A full or broken disk of this machine is not mended by asking the network again. */
function isLocal(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'ENOENT', 'EIO', 'EMFILE'].includes(codeOf(error));
}

export function toFault(error: unknown): JobError {
  if (error instanceof Fault) return error.error;
  const message = messageOf(error).slice(0, 8192);
  const code = error instanceof Refused ? error.code.slice(0, 64) : 'worker_error';
  return { cause: 'infra', code, message };
}
