import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { HiveError } from '../protocol/errors.ts';
import { isLoopback } from './loopback.ts';

export interface Listening {
  readonly url: string;
  readonly port: number;
  /** Ends streams and waits, answers what is being answered, then closes every socket. */
  close(): Promise<void>;
}

const WHY: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is already in use',
  EACCES: 'may not be opened by this user',
  EADDRNOTAVAIL: 'is not an address of this machine',
};

/** Opens the port; loopback only, for there are no tokens yet. */
export async function listen(
  app: FastifyInstance,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Listening> {
  if (!isLoopback(host)) {
    throw new HiveError('invalid_request', `Without authentication Hive does not listen on ${host}.`, {
      hint: 'use --host 127.0.0.1, and reach it from elsewhere through `ssh -L` or a VPN to this machine',
    });
  }
  // One address, so that one server holds every socket; `localhost` would open two.
  const address = host.toLowerCase().endsWith('localhost') ? '127.0.0.1' : host.replace(/^\[(.*)\]$/, '$1');
  try {
    await app.listen({ host: address, port });
  } catch (error) {
    throw refusalOf(error, address, port);
  }
  const bound = app.server.address() as AddressInfo;
  const name = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
  return { url: `http://${name}:${bound.port}`, port: bound.port, close: () => app.close() };
}

function refusalOf(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const why = WHY[code];
  if (why === undefined) return error;
  return new HiveError('invalid_request', `${host} port ${port} ${why}.`, {
    hint: 'choose another port, or 0 for a free one',
    cause: error,
  });
}
