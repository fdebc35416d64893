import type { AttemptRef } from '../protocol/attempt.ts';
import { HiveError } from '../protocol/errors.ts';
import type { JobId } from '../protocol/ids.ts';
import { isTerminal } from '../protocol/job-state.ts';
import { requireCurrent } from './attempt-fence.ts';
import type { Deps } from './deps.ts';
import type { Caller, LogChunk, LogQuery } from './orchestrator.ts';
import { readJob } from './read-job.ts';

/** Largest piece read or accepted at once, in bytes. */
const LOG_CHUNK_MAX = 256 * 1024;
const POLL_MS = 1000;

const nameOf = (job: JobId, epoch: number): string => `logs/${job}/${epoch}`;
const keyOf = (job: JobId, epoch: number, nonce: string): string => `${nameOf(job, epoch)}/${nonce}`;

/** The nonces of the attempts that began a log under an epoch: more than one after a loss of power repeated it (C1, C12). */
const ownersOf = (job: JobId, epoch: number): string => `${nameOf(job, epoch)}/owners`;
const NONCE_LENGTH = 32;

/** The logs of attempts: append-only bytes, read by offset, followed while the attempt lives. */
export interface LogBook {
  append(attempt: AttemptRef, offset: number, chunk: Uint8Array): Promise<{ length: number }>;
  read(id: JobId, query: LogQuery, caller: Caller): Promise<LogChunk>;
  follow(id: JobId, query: LogQuery, caller: Caller, signal: AbortSignal): AsyncGenerator<LogChunk>;
}

export function openLogBook(deps: Deps): LogBook {
  const waiters = new Map<string, Set<() => void>>();

  const append = async (
    attempt: AttemptRef,
    offset: number,
    chunk: Uint8Array,
  ): Promise<{ length: number }> => {
    if (chunk.length > LOG_CHUNK_MAX)
      throw new HiveError('payload_too_large', `a log chunk has at most ${LOG_CHUNK_MAX} bytes`);
    await requireCurrent(deps, attempt);
    const { job_id, epoch, nonce } = attempt;
    if (offset === 0) await beginLog(deps, attempt);
    const { ok, length } = await deps.blobs.append(keyOf(job_id, epoch, nonce), offset, chunk);
    // The same chunk sent again after a lost reply is no error.
    if (!ok && length !== offset + chunk.length) {
      throw new HiveError('offset_conflict', `the log ends at ${length}, not at ${offset}`, {
        hint: `continue at offset ${length}`,
        errors: [{ pointer: 'offset', message: String(length) }],
      });
    }
    for (const wake of waiters.get(nameOf(job_id, epoch)) ?? []) wake();
    return { length };
  };

  const changed = (name: string, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const set = waiters.get(name) ?? new Set();
      waiters.set(name, set);
      const done = (): void => {
        cancel();
        set.delete(done);
        if (set.size === 0) waiters.delete(name);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const cancel = deps.time.after(POLL_MS, done);
      set.add(done);
      signal.addEventListener('abort', done);
      if (signal.aborted) done();
    });

  const read = (id: JobId, query: LogQuery, caller: Caller): Promise<LogChunk> =>
    readChunk(deps, id, query, caller);

  return {
    append,
    read,
    follow: (id, query, caller, signal) => follow(deps, id, query, caller, signal, changed),
  };
}

/** Notes whose log it is before its first byte; a retry finds that noted. */
async function beginLog(deps: Deps, { job_id, epoch, nonce }: AttemptRef): Promise<void> {
  if ((await ownerOf(deps, job_id, epoch)) === nonce) return;
  const key = ownersOf(job_id, epoch);
  await deps.blobs.append(key, await deps.blobs.length(key), Buffer.from(nonce));
}

/** The nonce of the latest attempt that logged under the epoch. */
async function ownerOf(deps: Deps, job: JobId, epoch: number): Promise<string> {
  const key = ownersOf(job, epoch);
  const length = await deps.blobs.length(key);
  const bytes = await deps.blobs.readAppended(key, Math.max(0, length - NONCE_LENGTH), length);
  return Buffer.from(bytes).toString('latin1');
}

async function readChunk(deps: Deps, id: JobId, query: LogQuery, caller: Caller): Promise<LogChunk> {
  const job = await readJob(deps, id, caller);
  const attempt = query.attempt ?? job.epoch;
  const owner = await ownerOf(deps, id, attempt);
  if (owner === '') return { attempt, offset: 0, bytes: new Uint8Array() };
  const key = keyOf(id, attempt, owner);
  const length = await deps.blobs.length(key);
  const offset = Math.min(length, query.after < 0 ? Math.max(0, length + query.after) : query.after);
  const bytes = await deps.blobs.readAppended(key, offset, Math.min(length, offset + LOG_CHUNK_MAX));
  return { attempt, offset, bytes };
}

/** Follows one attempt; a job that still waits is followed from its first attempt on. */
async function* follow(
  deps: Deps,
  id: JobId,
  query: LogQuery,
  caller: Caller,
  signal: AbortSignal,
  changed: (name: string, signal: AbortSignal) => Promise<void>,
): AsyncGenerator<LogChunk> {
  let epoch = query.attempt;
  let after = query.after;
  while (!signal.aborted) {
    // Ended is read before the bytes: what was flushed before the outcome is then surely in them.
    const job = await readJob(deps, id, caller);
    epoch ??= job.epoch > 0 ? job.epoch : undefined;
    const ended =
      isTerminal(job.status.state) ||
      (epoch !== undefined && (job.epoch > epoch || (job.epoch === epoch && job.status.state === 'queued')));
    const chunk = await readChunk(deps, id, { attempt: epoch, after }, caller);
    after = chunk.offset + chunk.bytes.length;
    if (chunk.bytes.length > 0) yield chunk;
    else if (ended) return;
    else await changed(nameOf(id, epoch ?? 1), signal);
  }
}
