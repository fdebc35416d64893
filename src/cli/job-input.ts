import { readFile } from 'node:fs/promises';
import type { HiveClient } from '../client/index.ts';
import { CliError, EXIT, usageError } from './exit.ts';
import type { JsonSchema } from './json-schema.ts';
import { readKeyValues } from './key-values.ts';
import type { Session } from './session.ts';
import { uploadFile } from './upload.ts';

/** What the command line says of a job's input: `--input`, `key=value` words, and what stood after `--`. */
export async function readInput(
  session: Session,
  module: string,
  words: readonly string[],
  given: string | undefined,
): Promise<Record<string, unknown>> {
  const base = given === undefined ? {} : await readBase(session, given);
  const schema = words.length === 0 ? undefined : await inputSchema(await session.client(), module);
  const input = await readKeyValues(words, base, schema, (path) => uploadFile(session, path));
  if (session.command.length === 0) return input;
  if (module !== 'exec') throw usageError('only exec takes a command after --', 'others take key=value');
  return { ...input, command: [...session.command] };
}

async function readBase(session: Session, given: string): Promise<Record<string, unknown>> {
  const text = await readGiven(session, given);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw usageError(`--input is not JSON: ${(error as Error).message}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw usageError('--input must be a JSON object');
  }
  return { ...value };
}

async function readGiven(session: Session, given: string): Promise<string> {
  if (given === '-' || given === '@-') {
    const parts: Uint8Array[] = [];
    for await (const part of session.io.stdin) parts.push(Buffer.from(part));
    return Buffer.concat(parts).toString();
  }
  if (!given.startsWith('@')) return given;
  return readFile(given.slice(1), 'utf8').catch(() => {
    throw new CliError(EXIT.usage, 'no_such_file', `"${given.slice(1)}" is not a file that can be read`);
  });
}

/** Guides the reading of values; a module that is not known is for the submit itself to refuse. */
async function inputSchema(client: HiveClient, module: string): Promise<JsonSchema | undefined> {
  try {
    return (await client.modules.get(module)).input as JsonSchema;
  } catch (error) {
    if (error instanceof Error && error.name === 'ApiError') return undefined;
    throw error;
  }
}
