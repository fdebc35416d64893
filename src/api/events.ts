import type { FastifyReply } from 'fastify';
import type { Log } from '../orchestrator/deps.ts';
import { HiveError } from '../protocol/errors.ts';
import type { Context } from './context.ts';
import { asHiveError } from './errors.ts';
import { LiveAnswer } from './live-answer.ts';

/** One server-sent event; only those with an id move the reader's resume point. */
export interface ServerEvent {
  readonly id?: number;
  readonly event: string;
  readonly data: unknown;
}

const HEADERS = { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' };
const RETRY = 'retry: 2000\n\n';

const frameOf = ({ id, event, data }: ServerEvent): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

/**
 * Sends events as they come. The next one is asked for only when the reader took the last, so a slow reader holds back
 * its own source and fills no memory; one that stalls is cut, and comes back with its Last-Event-ID to where it was, or
 * to a gap when the history has gone on without it.
 */
export async function streamEvents(
  source: AsyncIterable<ServerEvent>,
  reply: FastifyReply,
  { limits, log }: Context,
): Promise<void> {
  const answer = new LiveAnswer(reply, HEADERS, limits.stalledReaderMs);
  const heartbeat = setInterval(() => {
    if (answer.idle) void answer.write(': alive\n\n');
  }, limits.heartbeatMs).unref();
  let last = '';
  try {
    await answer.write(RETRY);
    for await (const event of source) {
      if (await answer.write(frameOf(event))) continue;
      last = ': cut because it was not read; resume with the last id\n\n';
      break;
    }
  } catch (error) {
    last = failureFrame(log, error, reply);
  } finally {
    clearInterval(heartbeat);
    answer.end(last);
  }
}

/** The headers are gone, so the problem travels as an event. */
function failureFrame(log: Log, error: unknown, reply: FastifyReply): string {
  if (!(error instanceof HiveError)) {
    log.error({ err: error, trace_id: reply.request.id }, 'an event stream broke');
  }
  return frameOf({ event: 'error', data: asHiveError(error).toProblem(undefined, reply.request.id) });
}

/** A reconnecting EventSource repeats its first address: what it has seen since counts more. */
export const resumePoint = (lastEventId: string | undefined, after: number | undefined): number | null =>
  lastEventId === undefined ? (after ?? null) : Number(lastEventId);

export async function* mapped<A, B>(source: AsyncIterable<A>, map: (item: A) => B): AsyncGenerator<B> {
  for await (const item of source) yield map(item);
}
