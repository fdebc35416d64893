import type { Group } from '../protocol/group.ts';
import { JOB_STATES } from '../protocol/job-state.ts';
import { EXIT } from './exit.ts';
import type { Session } from './session.ts';

/** `3 succeeded, 1 running`, of the states that there are. */
const stateWords = ({ by_state }: Group): string =>
  JOB_STATES.filter((state) => by_state[state] > 0)
    .map((state) => `${by_state[state]} ${state}`)
    .join(', ');

export function showGroup(session: Session, group: Group): void {
  session.showOne(group, {
    name: (one) => one.id,
    human: (one) => `${one.id}  ${one.ended} of ${one.total} ended: ${stateWords(one)}`,
  });
}

/** Waits for the end of every job; 1 when one did not succeed. */
export async function awaitGroup(session: Session, id: string): Promise<number> {
  const client = await session.client();
  const stop = new AbortController();
  const release = session.io.onInterrupt(() => stop.abort());
  let told = '';
  try {
    const group = await client.groups.wait(id, {
      signal: stop.signal,
      onUpdate(now) {
        const words = `${now.ended} of ${now.total} ended: ${stateWords(now)}`;
        if (words !== told) session.note(words);
        told = words;
      },
    });
    showGroup(session, group);
    const { succeeded, failed, quarantined } = group.by_state;
    if (succeeded === group.total) return EXIT.ok;
    return failed + quarantined > 0 ? EXIT.jobFailed : EXIT.jobCanceled;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    session.note(`detached: ${id} goes on · hive group ${id} --wait · hive cancel ${id}`);
    return EXIT.interrupted;
  } finally {
    release();
  }
}
