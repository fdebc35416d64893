import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { makeId } from '../protocol/ids.ts';

const TRACEPARENT = /^[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/;

/** The trace a caller is already in (W3C traceparent), else an id of our own. */
export function makeRequestId({ headers: { traceparent } }: Pick<IncomingMessage, 'headers'>): string {
  const trace = typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent)?.[1] : undefined;
  return trace ?? makeId('req', Date.now(), randomBytes(10));
}
