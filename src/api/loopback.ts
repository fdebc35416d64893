import type { FastifyRequest } from 'fastify';
import { HiveError } from '../protocol/errors.ts';

/** A name or address that never leaves this machine. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '::1' ||
    /^(?:::ffff:)?127(?:\.\d{1,3}){3}$/.test(name)
  );
}

/**
 * There are no tokens on loopback, so a web page must not be able to speak for the person at the machine: a page of
 * another origin sends its Origin, and a page whose name was pointed at 127.0.0.1 (DNS rebinding) sends its own Host.
 */
export function refuseStrangers({ headers: { host, origin } }: FastifyRequest): void {
  if (host !== undefined && !isLoopback(host.replace(/:\d*$/, ''))) {
    throw new HiveError('forbidden_origin', 'This server answers only to its loopback names.', {
      hint: 'call it as http://127.0.0.1:PORT or http://localhost:PORT',
    });
  }
  if (origin !== undefined && !(URL.canParse(origin) && isLoopback(new URL(origin).hostname))) {
    throw new HiveError('forbidden_origin', 'Web pages of other origins may not call this server.');
  }
}
