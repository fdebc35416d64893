import { type Readable, Transform } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { HiveError } from '../protocol/errors.ts';

const DRAIN_MS = 10_000;

/**
 * The raw body of a request as a stream of its own, at most `limit` bytes. It breaks when the sender goes away half-way;
 * and when its reader gives up, the sender is still heard out, or it would never read the answer.
 */
export function openBody(request: FastifyRequest, limit: number): Readable {
  const { raw, headers } = request;
  const coding = headers['content-encoding'];
  if (coding !== undefined && coding !== 'identity') {
    throw new HiveError('unsupported_media_type', `Bodies encoded as ${coding} are not accepted.`);
  }
  if (Number(headers['content-length']) > limit) throw tooLarge(limit);
  const body = bounded(limit);
  // It may break before anybody reads it; whoever reads it then still meets the error.
  body.on('error', () => {});
  const onEnd = () => {
    if (!raw.complete) body.destroy(endedEarly());
  };
  raw.once('close', onEnd).once('error', onEnd);
  body.once('close', () => {
    raw.off('close', onEnd);
    if (raw.readableEnded) return;
    raw.unpipe(body);
    raw.resume();
    const timer = setTimeout(() => raw.destroy(), DRAIN_MS).unref();
    raw.once('close', () => clearTimeout(timer));
  });
  if (raw.destroyed && !raw.complete) process.nextTick(onEnd);
  return raw.pipe(body);
}

/** Lets bytes through uncopied up to a limit. */
function bounded(limit: number): Transform {
  let size = 0;
  return new Transform({
    readableHighWaterMark: 256 * 1024,
    writableHighWaterMark: 256 * 1024,
    transform(chunk: Uint8Array, _encoding, done) {
      size += chunk.byteLength;
      if (size > limit) done(tooLarge(limit));
      else done(null, chunk);
    },
  });
}

/** Content-Length, when the sender gave one. */
export function declaredSize({ headers }: FastifyRequest): number | undefined {
  const length = headers['content-length'];
  return length === undefined ? undefined : Number(length);
}

const tooLarge = (limit: number): HiveError =>
  new HiveError('payload_too_large', `The body is larger than ${limit} bytes.`);

const endedEarly = (): HiveError =>
  new HiveError('invalid_request', 'The body ended before all of it had arrived.');
