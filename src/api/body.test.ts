import { PassThrough, type Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { expect, test } from 'vitest';
import { openBody } from './body.ts';

const requestOf = (raw: PassThrough, headers: Record<string, string> = {}): FastifyRequest =>
  ({ raw: Object.assign(raw, { complete: false }), headers }) as unknown as FastifyRequest;

async function readAll(body: Readable): Promise<string> {
  let text = '';
  for await (const part of body) text += part;
  return text;
}

test('a sender that leaves before anybody reads breaks nothing but the body', async () => {
  const raw = new PassThrough();
  const body = openBody(requestOf(raw), 1000);
  raw.write('half');
  raw.destroy();
  await new Promise((resolve) => body.once('close', resolve));
  await expect(readAll(body)).rejects.toMatchObject({ code: 'invalid_request' });
});

test('a body of known length above the limit is refused unread', () => {
  const raw = new PassThrough();
  expect(() => openBody(requestOf(raw, { 'content-length': '1001' }), 1000)).toThrow(/larger than 1000/);
  expect(raw.readableFlowing).toBeNull();
});
