import type { Command } from 'commander';
import type { HiveClient } from '../../client/index.ts';
import type { Act } from '../catalog.ts';
import { EXIT, exitOfJob, usageError } from '../exit.ts';
import { resolveJob } from '../job-id.ts';
import { makeLogSink } from '../log-sink.ts';
import { readWhole } from '../quantities.ts';
import type { Session } from '../session.ts';

interface Options {
  readonly follow?: boolean;
  readonly lines?: number;
  readonly attempt?: number;
  readonly grep?: RegExp;
}

export function define(command: Command, act: Act): void {
  command
    .argument('<job>', 'id, the end of one, `last`, or a module (its newest job)')
    .option('-f, --follow', 'go on until the job ends; the exit code tells how it ended')
    .option('-n, --lines <n>', 'the last n lines', readWhole)
    .option('--attempt <n>', 'of this attempt (default: the latest)', readWhole)
    .option('--grep <pattern>', 'only lines that match', readPattern)
    .addHelpText('after', FORMS)
    .action(act(print));
}

const FORMS = `
With --json, -o json or -o jsonl each line of the log is a JSON object on a line of its own:
  {"attempt":1,"offset":0,"text":"hello"}
attempt and offset (in bytes) say where it stands; text is the line without its end.`;

async function print(session: Session, text: string, options: Options): Promise<number> {
  if (session.format === 'name')
    throw usageError('a log has no names to print', 'use --json or leave -o out');
  const client = await session.client();
  const id = await resolveJobOrModule(session, client, text);
  const stop = new AbortController();
  const release = session.io.onInterrupt(() => stop.abort(INTERRUPTED));
  try {
    const { attempt } = options;
    const where = { signal: stop.signal, ...(attempt !== undefined && { attempt }) };
    const from = options.lines === undefined ? where : await tailStart(client, id, options.lines, where);
    const sink = makeLogSink(session, options.grep);
    for await (const chunk of client.jobs.logs(id, { ...from, follow: options.follow === true })) {
      await sink.take(chunk);
    }
    await sink.end();
    return options.follow ? await endOfJob(session, client, id) : EXIT.ok;
  } catch (error) {
    if (error === INTERRUPTED) return EXIT.interrupted;
    throw error;
  } finally {
    release();
  }
}

const INTERRUPTED = Symbol('interrupted');

/** Reading is harmless, so here a module's name may stand for its newest job. */
async function resolveJobOrModule(session: Session, client: HiveClient, text: string): Promise<string> {
  if (/^[a-z0-9]+(-[a-z0-9]+)+$/.test(text)) {
    const [newest] = (await client.jobs.list({ module: text, limit: 1 }).page()).data;
    if (newest !== undefined) return newest.id;
  }
  return resolveJob(session, text);
}

async function endOfJob(session: Session, client: HiveClient, id: string): Promise<number> {
  const job = await client.jobs.get(id);
  session.note(`${id} ${job.state}`);
  return job.finished_at === null ? EXIT.ok : exitOfJob(job);
}

interface Where {
  readonly attempt?: number;
  readonly after?: number;
  readonly signal: AbortSignal;
}

/** Where the last n lines begin: reads ever larger tails until one holds them. */
async function tailStart(client: HiveClient, id: string, lines: number, where: Where): Promise<Where> {
  for (let size = Math.max(1, lines) * 256; ; size *= 4) {
    let attempt = where.attempt;
    let first: number | undefined;
    const parts: Uint8Array[] = [];
    for await (const chunk of client.jobs.logs(id, { ...where, after: -size })) {
      first ??= chunk.offset;
      attempt = chunk.attempt;
      parts.push(chunk.bytes);
    }
    const skipped = skipToLast(Buffer.concat(parts), lines);
    if (first === undefined) return where;
    if (skipped > 0 || first === 0) return { ...where, after: first + skipped, ...(attempt && { attempt }) };
  }
}

/** Bytes before the last n lines; 0 when there are not more. */
function skipToLast(bytes: Buffer, lines: number): number {
  let at = bytes.length > 0 && bytes[bytes.length - 1] === 10 ? bytes.length - 1 : bytes.length;
  for (let left = lines; left > 0; left--) {
    at = at === 0 ? -1 : bytes.lastIndexOf(10, at - 1);
    if (at < 0) return 0;
  }
  return lines <= 0 ? bytes.length : at + 1;
}

function readPattern(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw usageError(`--grep: ${(error as Error).message}`);
  }
}
