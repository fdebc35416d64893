import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { CliError, EXIT } from './exit.ts';
import type { Session } from './session.ts';
import { fileSize } from './text.ts';

/** Below this an upload is over before one would wonder. */
const WORTH_TELLING = 5e6;

/** Sends a file, streamed, and gives the id that stands for it in an input. */
export async function uploadFile(session: Session, path: string): Promise<string> {
  const facts = await stat(path).catch(() => null);
  if (!facts?.isFile()) {
    const hint = 'write @@ for a text that begins with @';
    throw new CliError(EXIT.usage, 'no_such_file', `"${path}" is not a file that can be read`, hint);
  }
  if (facts.size >= WORTH_TELLING) session.note(`uploading ${path} (${fileSize(facts.size)})`);
  const client = await session.client();
  const body = Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>;
  return (await client.uploads.create(body, { name: basename(path) })).id;
}
