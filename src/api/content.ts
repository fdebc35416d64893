import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Content, Range, Ranged } from '../orchestrator/orchestrator.ts';
import { HiveError } from '../protocol/errors.ts';
import { attachmentOf, namesTag, readRange } from './headers.ts';

/** Headers of stored bytes. Always a download, never a page: what a job made must not run in this origin. */
export function contentHeaders(content: Omit<Content, 'body'>): Record<string, string | number> {
  return {
    'content-type': content.content_type,
    'content-length': content.size,
    'content-disposition': attachmentOf(content.name),
    etag: `"${content.sha256}"`,
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
  };
}

type Open = (range?: Range) => Promise<Ranged>;

/** GET and HEAD of stored bytes with ranges and preconditions (RFC 9110 §13, §14). */
export async function answerContent(
  request: FastifyRequest,
  reply: FastifyReply,
  open: Open,
): Promise<unknown> {
  const { headers } = request;
  const wanted = readRange(headers.range);
  let content = await openRange(reply, open, wanted);
  const etag = `"${content.sha256}"`;
  if (headers['if-none-match'] !== undefined && namesTag(headers['if-none-match'], etag)) {
    content.body.destroy();
    return reply.code(304).header('etag', etag).send();
  }
  const ifRange = headers['if-range'];
  if (wanted !== undefined && ifRange !== undefined && ifRange !== etag) {
    content.body.destroy();
    content = await open();
  }
  reply.headers({
    ...contentHeaders(content),
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-cache',
  });
  const { range, size, body } = content;
  if (range !== null) {
    reply.code(206).headers({
      'content-range': `bytes ${range.start}-${range.end}/${size}`,
      'content-length': range.end - range.start + 1,
    });
  }
  if (request.method !== 'HEAD') return reply.send(body);
  body.destroy();
  return reply.send();
}

/** A range that lies outside is answered with the size there is. */
async function openRange(reply: FastifyReply, open: Open, range: Range | undefined): Promise<Ranged> {
  try {
    return await open(range);
  } catch (error) {
    if (!(error instanceof HiveError) || error.code !== 'range_not_satisfiable') throw error;
    const whole = await open();
    whole.body.destroy();
    reply.header('content-range', `bytes */${whole.size}`);
    throw error;
  }
}
