import { heldAttempt, type JobRecord } from '../core/job.ts';
import { JobId } from '../protocol/ids.ts';
import { isTerminal } from '../protocol/job-state.ts';
import { attemptName } from './checkpoints.ts';
import type { Deps } from './deps.ts';

type Area = 'checkpoints' | 'staging';

/**
 * Drops staged files that nobody will ask for: what an attempt uploaded and never named, and what a process that died
 * between a commit and its clean-up left. Answers how many places it cleared.
 */
export async function removeForsaken(deps: Deps): Promise<number> {
  let cleared = 0;
  for (const area of ['checkpoints', 'staging'] as const) {
    for (const name of await deps.blobs.listStaged(`${area}/`)) {
      const id = JobId.safeParse(name);
      if (id.success) cleared += await clearJob(deps, area, id.data);
    }
  }
  return cleared;
}

async function clearJob(deps: Deps, area: Area, id: JobId): Promise<number> {
  const place = `${area}/${id}/`;
  // Listed before the job is read: what is there by now and does not hold the job then never will again.
  const attempts = await deps.blobs.listStaged(place);
  const job = (await deps.store.jobs.getJob({ job: id }))?.job ?? null;
  const ended = job === null || isTerminal(job.status.state);
  const places = ended ? [place] : await forsakenBelow(deps, area, place, attempts, job);
  for (const each of places) await deps.blobs.unstage(each);
  return places.length;
}

/** All but what the attempt that holds the job staged, and the checkpoint that the job would go on from. */
async function forsakenBelow(
  deps: Deps,
  area: Area,
  place: string,
  attempts: readonly string[],
  job: JobRecord,
): Promise<string[]> {
  const held = heldAttempt(job) ?? job.adrift;
  const pointer = area === 'checkpoints' ? job.checkpoint : null;
  const forsaken: string[] = [];
  for (const attempt of attempts) {
    if (pointer !== null && attempt === attemptName(pointer)) {
      const seqs = await deps.blobs.listStaged(`${place}${attempt}/`);
      const old = seqs.filter((seq) => Number(seq) < pointer.seq);
      forsaken.push(...old.map((seq) => `${place}${attempt}/${seq}/`));
    } else if (held === null || attempt !== attemptName(held)) forsaken.push(`${place}${attempt}/`);
  }
  return forsaken;
}
