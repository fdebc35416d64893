import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { HiveClient } from '../client/index.ts';
import { CliError, EXIT, usageError } from './exit.ts';
import type { Io } from './io.ts';
import { stateFolder } from './paths.ts';
import type { Session } from './session.ts';

const FULL = /^job_[0-9a-z]{26}$/;
/** How far back a short id is looked for. */
const REACH = 1000;

const fileOf = (env: Io['env']): string => join(stateFolder(env), 'last-job');

/** So that `last` means it in the next call; a CLI that cannot write there still works. */
export async function rememberJob(env: Io['env'], id: string): Promise<void> {
  try {
    await mkdir(dirname(fileOf(env)), { recursive: true });
    await writeFile(fileOf(env), `${id}\n`);
  } catch {}
}

/** The whole id of what the user wrote: an id, its last 6 or more characters, or `last` (`-`). */
export async function resolveJob(session: Session, text: string): Promise<string> {
  if (FULL.test(text)) return text;
  if (text === 'last' || text === '-') return lastJob(session.io.env);
  if (!/^[0-9a-z_]{6,}$/.test(text)) {
    const hint = 'use the whole id, at least its last 6 characters, or `last`';
    throw usageError(`"${text}" is not a job id`, hint);
  }
  return findBySuffix(await session.client(), text);
}

async function findBySuffix(client: HiveClient, suffix: string): Promise<string> {
  const found: string[] = [];
  let looked = 0;
  for await (const job of client.jobs.list({ limit: 200 })) {
    if (job.id.endsWith(suffix)) found.push(job.id);
    if (++looked >= REACH) break;
  }
  const [only, ...others] = found;
  if (only === undefined) {
    const message = `no job among the last ${looked} ends in "${suffix}"`;
    throw new CliError(EXIT.notFound, 'job_not_found', message, 'hive jobs lists them');
  }
  if (others.length > 0) throw usageError(`"${suffix}" fits ${found.length} jobs: ${found.join(', ')}`);
  return only;
}

async function lastJob(env: Io['env']): Promise<string> {
  const told = await readFile(fileOf(env), 'utf8').catch(() => '');
  if (FULL.test(told.trim())) return told.trim();
  throw new CliError(
    EXIT.notFound,
    'no_last_job',
    'no job was submitted from here yet',
    'hive jobs lists them',
  );
}
