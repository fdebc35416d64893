import type { Job } from '../protocol/job.ts';
import { EXIT, exitOfJob } from './exit.ts';
import { summarise } from './job-words.ts';
import type { Session } from './session.ts';
import { makeWaitDisplay } from './wait-display.ts';

const DETACHED = Symbol('detached');

/** Waits for the job's end, shows it, and gives the exit code that tells how it ended. */
export async function awaitJob(session: Session, id: string, timeoutSeconds?: number): Promise<number> {
  const client = await session.client();
  const display = makeWaitDisplay(session, id);
  const stop = new AbortController();
  const release = session.io.onInterrupt(() => stop.abort(DETACHED));
  try {
    const job = await client.jobs.wait(id, {
      signal: stop.signal,
      timeoutMs: timeoutSeconds === undefined ? undefined : timeoutSeconds * 1000,
      onUpdate: (update) => display.update(update),
    });
    display.end();
    showEnd(session, job);
    return exitOfJob(job);
  } catch (error) {
    display.end();
    if (error !== DETACHED) throw error;
    session.note(`detached: ${id} goes on · hive job ${id} --wait · hive cancel ${id}`);
    return EXIT.interrupted;
  } finally {
    release();
  }
}

const showEnd = (session: Session, job: Job): void =>
  session.showOne(job, {
    name: (one) => one.id,
    human: (one) => summarise(one, session.palette, session.quiet ? 0 : undefined),
  });
