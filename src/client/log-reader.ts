import type { Job } from '../protocol/job.ts';
import { isTerminal } from '../protocol/job-state.ts';
import { ApiError, isTransient } from './errors.ts';
import { followJob } from './job-follower.ts';
import { Patience } from './patience.ts';
import type { Transport } from './transport.ts';

export interface LogOptions {
  /** Goes on with what comes, over later attempts too, until the job ends. */
  readonly follow?: boolean;
  /** Byte offset to start at; negative counts from the end. */
  readonly after?: number;
  /** The latest when left out. */
  readonly attempt?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface LogChunk {
  readonly attempt: number;
  /** Where in the attempt's log these bytes stand. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Where in which attempt's log the reader stands. */
interface Position {
  attempt: number | undefined;
  offset: number;
}

/** A following connection that says nothing may be a quiet job: a silent one is opened again now and then. */
const QUIET_MS = 60_000;

/** The log as it is; a connection that breaks is taken up at the byte where it broke. */
export async function* readLog(
  transport: Transport,
  id: string,
  options: LogOptions = {},
): AsyncGenerator<LogChunk> {
  const position = { attempt: options.attempt, offset: options.after ?? 0 };
  const patience = new Patience(transport.patienceMs, options.signal);
  if (options.follow) yield* followLog(transport, id, position, options, patience);
  else yield* readToEnd(transport, id, position, options, patience);
}

async function* readToEnd(
  transport: Transport,
  id: string,
  position: Position,
  options: LogOptions,
  patience: Patience,
): AsyncGenerator<LogChunk> {
  for (;;) {
    try {
      return yield* readPart(transport, id, position, false, options.signal, patience);
    } catch (error) {
      if (!isTransient(error)) throw error;
      await patience.pause(error);
    }
  }
}

async function* followLog(
  transport: Transport,
  id: string,
  position: Position,
  options: LogOptions,
  patience: Patience,
): AsyncGenerator<LogChunk> {
  position.attempt ??= await attemptAfter(transport, id, 0, options.signal);
  while (position.attempt !== undefined) {
    yield* followAttempt(transport, id, position, options.signal, patience);
    if (options.attempt !== undefined) return;
    position.attempt = await attemptAfter(transport, id, position.attempt, options.signal);
    position.offset = 0;
  }
}

/** The next attempt once it has begun; undefined when the job ends without one. */
async function attemptAfter(
  transport: Transport,
  id: string,
  attempt: number,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  for await (const update of followJob(transport, id, { signal })) {
    if (update.kind === 'state' && update.job.attempt > attempt) return update.job.attempt;
  }
  return undefined;
}

/** One attempt's log until the attempt is over. */
async function* followAttempt(
  transport: Transport,
  id: string,
  position: Position,
  signal: AbortSignal | undefined,
  patience: Patience,
): AsyncGenerator<LogChunk> {
  for (;;) {
    try {
      yield* readPart(transport, id, position, true, signal, patience);
      const job = await transport.json<Job>(`/v1/jobs/${encodeURIComponent(id)}`, { signal });
      if (isOver(job, position.attempt)) {
        // Bytes that arrived between the end of the stream and the end of the attempt.
        return yield* readToEnd(transport, id, position, { signal }, patience);
      }
      await patience.rest(200);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404 && error.code !== 'job_not_found') return;
      if (!isTransient(error)) throw error;
      await patience.pause(error);
    }
  }
}

const isOver = (job: Job, attempt: number | undefined): boolean =>
  isTerminal(job.state) || job.attempt !== attempt || job.state === 'queued' || job.state === 'blocked';

/** One connection; moves the position with each chunk. */
async function* readPart(
  transport: Transport,
  id: string,
  position: Position,
  follow: boolean,
  signal: AbortSignal | undefined,
  patience: Patience,
): AsyncGenerator<LogChunk> {
  const response = await transport.request(`/v1/jobs/${encodeURIComponent(id)}/logs`, {
    query: { after: position.offset, attempt: position.attempt, ...(follow && { follow: true }) },
    headers: { accept: 'text/plain' },
    repeatable: false,
    signal,
  });
  // It answers: a job that is quiet for long must not use up the patience meant for a server that is away.
  patience.reset();
  // 0 stands for none yet
  position.attempt = numberOf(response, 'hive-log-attempt') || position.attempt;
  position.offset = numberOf(response, 'hive-log-offset') ?? Math.max(0, position.offset);
  for await (const bytes of transport.chunks(response, signal, QUIET_MS)) {
    const chunk = { attempt: position.attempt ?? 0, offset: position.offset, bytes };
    position.offset += bytes.byteLength;
    yield chunk;
  }
}

function numberOf(response: Response, header: string): number | undefined {
  const value = response.headers.get(header);
  return value === null || !Number.isFinite(Number(value)) ? undefined : Number(value);
}
