import { constants, createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Command } from 'commander';
import type { Act } from '../catalog.ts';
import { EXIT, usageError } from '../exit.ts';
import { writeFully } from '../io.ts';
import type { Session } from '../session.ts';
import { plain } from '../text.ts';

interface Options {
  readonly data?: string;
  readonly header?: Record<string, string>;
  readonly include?: boolean;
}
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

export function define(command: Command, act: Act): void {
  command
    .argument('<method>', METHODS.join(', '))
    .argument('<path>', 'such as /v1/jobs?limit=1')
    .option('-d, --data <body>', 'text, @file or - for stdin; JSON unless a content-type header says else')
    .option('-H, --header <name:value>', 'repeatable', gatherHeader)
    .option('-i, --include', 'the status and headers too, on stderr')
    .action(act(call));
}

async function call(session: Session, method: string, path: string, options: Options): Promise<number> {
  const verb = method.toUpperCase();
  if (!METHODS.includes(verb)) throw usageError(`"${method}" is not one of ${METHODS.join(', ')}`);
  if (!path.startsWith('/')) throw usageError('the path begins with /', 'such as /v1/jobs');
  const client = await session.client();
  const stop = new AbortController();
  const release = session.io.onInterrupt(() => stop.abort(INTERRUPTED));
  try {
    const body = options.data === undefined ? undefined : await bodyOf(session, options.data);
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    const headers = { ...json, ...options.header };
    const signal = stop.signal;
    const response = await client.request(path, { method: verb, headers, signal, ...(body && { body }) });
    if (options.include) tellHead(session, response);
    for await (const bytes of response.body ?? []) await writeFully(session.io.stdout, bytes);
    if (session.io.stdout.isTTY) session.io.stdout.write('\n');
    return EXIT.ok;
  } catch (error) {
    if (stop.signal.aborted) return EXIT.interrupted;
    throw error;
  } finally {
    release();
  }
}

const INTERRUPTED = Symbol('interrupted');

async function bodyOf(session: Session, data: string): Promise<string | ReadableStream<Uint8Array>> {
  if (data === '-') return Readable.toWeb(Readable.from(session.io.stdin)) as ReadableStream<Uint8Array>;
  if (!data.startsWith('@')) return data;
  const path = data.slice(1);
  await access(path, constants.R_OK).catch(() => {
    throw usageError(`"${path}" is not a file that can be read`);
  });
  return Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>;
}

function tellHead(session: Session, response: Response): void {
  const headers = [...response.headers].map(([name, value]) => `${name}: ${plain(value)}`);
  session.io.stderr.write(`${[`HTTP ${response.status} ${response.statusText}`, ...headers].join('\n')}\n\n`);
}

function gatherHeader(text: string, before: Record<string, string> = {}): Record<string, string> {
  const colon = text.indexOf(':');
  if (colon < 1) throw usageError(`"${text}" is not of the form name: value`);
  return { ...before, [text.slice(0, colon).toLowerCase()]: text.slice(colon + 1).trim() };
}
