import type { Worker } from '../protocol/worker.ts';
import { CliError, EXIT, usageError } from './exit.ts';
import type { Session } from './session.ts';

/** The id of the worker that the user wrote as an id, a name, or the last 6 or more characters of an id. */
export async function resolveWorker(session: Session, text: string): Promise<string> {
  if (/^wrk_[0-9a-z]{26}$/.test(text)) return text;
  const workers = await (await session.client()).workers.list();
  const named = workers.filter((worker) => worker.name === text);
  // A name may be used again: the one that is there is meant.
  const present = named.filter((worker) => worker.connected);
  return onlyOne(text, present.length > 0 ? present : named.length > 0 ? named : bySuffix(workers, text));
}

const bySuffix = (workers: readonly Worker[], text: string): Worker[] =>
  text.length < 6 ? [] : workers.filter((worker) => worker.id.endsWith(text));

function onlyOne(text: string, found: readonly Worker[]): string {
  const [only, ...others] = found;
  if (only === undefined) {
    const hint = 'hive workers lists them';
    throw new CliError(EXIT.notFound, 'worker_not_found', `there is no worker "${text}"`, hint);
  }
  if (others.length > 0) {
    throw usageError(
      `"${text}" fits ${found.length} workers: ${found.map((worker) => worker.id).join(', ')}`,
    );
  }
  return only.id;
}
