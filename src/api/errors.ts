import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../orchestrator/deps.ts';
import { type ErrorCode, HiveError } from '../protocol/errors.ts';

const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** What the framework throws for what a caller did wrong. */
const FRAMEWORK_ERRORS: Readonly<Record<string, [ErrorCode, string, string?]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['payload_too_large', 'The body is larger than this route accepts.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'unsupported_media_type',
    'This route does not accept the content type of the body.',
    'send JSON with Content-Type: application/json',
  ],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    'invalid_request',
    'The body does not have the length that Content-Length names.',
  ],
  FST_ERR_BAD_URL: ['invalid_request', 'The path is not a valid URL path.'],
  FST_ERR_MAX_PARAM_LENGTH: ['invalid_request', 'A part of the path is too long.'],
  ECONNRESET: ['invalid_request', 'The body ended before all of it had arrived.'],
};

/** Any thrown thing as the error it answers with; null for a bug. */
function expectedError(error: unknown): HiveError | null {
  if (error instanceof HiveError) return error;
  if (!(error instanceof Error)) return null;
  const { code = '', statusCode = 500 } = error as Partial<FastifyError>;
  const known = FRAMEWORK_ERRORS[code];
  if (known !== undefined) return new HiveError(known[0], known[1], { hint: known[2], cause: error });
  if (statusCode === 413) return new HiveError('payload_too_large', error.message, { cause: error });
  if (statusCode >= 400 && statusCode < 500) {
    return new HiveError('invalid_request', error.message, { cause: error });
  }
  return null;
}

export const asHiveError = (error: unknown): HiveError =>
  expectedError(error) ?? new HiveError('internal', 'The server met an error that it did not expect.');

export function answerError(log: Log, error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const answer = asHiveError(error);
  if (answer.status >= 500 && answer.code !== 'shutting_down') {
    log.error({ err: error, trace_id: request.id, method: request.method, url: request.url }, answer.message);
  }
  const [path] = request.url.split('?', 1);
  if (answer.retryAfterSeconds !== undefined) reply.header('retry-after', String(answer.retryAfterSeconds));
  void reply
    .code(answer.status)
    .header('content-type', PROBLEM_TYPE)
    .header('x-request-id', request.id)
    .send(JSON.stringify(answer.toProblem(path, request.id)));
}

/** What is not HTTP at all gets its problem straight on the socket. */
export function answerBrokenHttp(error: Error & { code?: string }, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const problem = new HiveError('invalid_request', 'The request is not valid HTTP.').toProblem();
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\nContent-Type: ${PROBLEM_TYPE}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
