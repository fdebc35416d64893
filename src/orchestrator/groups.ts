import { HiveError } from '../protocol/errors.ts';
import { type Group, type GroupSubmitInput, NO_JOBS } from '../protocol/group.ts';
import { type GroupId, type JobId, makeId } from '../protocol/ids.ts';
import type { JobState } from '../protocol/job.ts';
import { isTerminal, JOB_STATES } from '../protocol/job-state.ts';
import type { Deps } from './deps.ts';
import type { EventTail } from './event-tail.ts';
import { bodiesOf } from './group-body.ts';
import type { Caller, SubmitOptions } from './orchestrator.ts';
import { SPARED, submitJobs } from './submit-job.ts';

/** All of its jobs or none. */
export async function submitGroup(
  deps: Deps,
  submit: GroupSubmitInput,
  caller: Caller,
  options: SubmitOptions = {},
): Promise<{ readonly group: Group; readonly replayed: boolean }> {
  const group_id = makeId('grp', deps.time.now(), deps.randomBytes(10));
  const made = await submitJobs(deps, bodiesOf(submit), caller, { ...options, group_id });
  for (const [index, item] of made.entries()) {
    if ('error' in item && item.error !== SPARED) throw refusal(item.error, index, submit);
  }
  const [first] = made;
  if (first === undefined || 'error' in first) throw new Error('a group without jobs');
  const id = first.job.group_id ?? group_id;
  return { group: await readGroup(deps, id, caller), replayed: first.replayed };
}

/** Says of which job it is; of a template it is the template's own field. */
function refusal(error: Error, index: number, submit: GroupSubmitInput): Error {
  if (!(error instanceof HiveError)) return error;
  const root = 'jobs' in submit ? `/jobs/${index}` : '/job';
  const errors = error.errors.map(({ pointer, message }) => ({ pointer: `${root}${pointer}`, message }));
  const { code, hint, retryAfterSeconds, cause } = error;
  const message = `job ${index} of the group: ${error.message}`;
  return new HiveError(code, message, { hint, errors, retryAfterSeconds, cause });
}

export async function readGroup(deps: Deps, id: GroupId, caller: Caller): Promise<Group> {
  const { jobs } = deps.store;
  const { by_state } = await jobs.countJobs({ tenant: caller.tenant, group_id: id });
  const total = JOB_STATES.reduce((sum, state) => sum + by_state[state], 0);
  if (total === 0) throw new HiveError('group_not_found', `there is no group ${id}`);
  const ended = JOB_STATES.filter(isTerminal).reduce((sum, state) => sum + by_state[state], 0);
  const self = `/v1/groups/${id}`;
  return {
    id,
    total,
    ended,
    by_state: { ...NO_JOBS, ...by_state },
    done: ended === total,
    urls: { self, jobs: `/v1/jobs?group=${id}`, cancel: `${self}/cancel` },
  };
}

/** Between two looks at a group that moves. */
const LOOK_MS = 250;

/** The group when all of its jobs have ended, or as it stands when `ms` have passed or the asker left. */
export async function waitForGroup(
  deps: Deps,
  tail: EventTail,
  id: GroupId,
  ms: number,
  caller: Caller,
  signal?: AbortSignal,
): Promise<Group> {
  const over = new AbortController();
  const stop = (): void => over.abort();
  const cancel = deps.time.after(ms, stop);
  signal?.addEventListener('abort', stop);
  try {
    for (;;) {
      const seen = await tail.lastSeq();
      const group = await readGroup(deps, id, caller);
      if (group.done || over.signal.aborted || signal?.aborted) return group;
      await tail.changed(seen, over.signal);
      if (!over.signal.aborted) await pause(deps, LOOK_MS, over.signal);
    }
  } finally {
    cancel();
    signal?.removeEventListener('abort', stop);
  }
}

const pause = (deps: Deps, ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = deps.time.after(ms, done);
    signal.addEventListener('abort', done);
  });

const OPEN = JOB_STATES.filter((state): state is JobState => !isTerminal(state));
const PAGE = 500;

/** Cancels what has not ended; answers how many that was. */
export async function cancelGroup(
  deps: Deps,
  id: GroupId,
  caller: Caller,
  cancel: (id: JobId) => Promise<unknown>,
): Promise<number> {
  let canceled = 0;
  for (let after: JobId | undefined; ; ) {
    const query = { tenant: caller.tenant, group_id: id, state: OPEN, limit: PAGE };
    const page = await deps.store.jobs.listJobs(after === undefined ? query : { ...query, after });
    await Promise.all(page.map((job) => cancel(job.id)));
    canceled += page.length;
    after = page.at(-1)?.id;
    if (page.length < PAGE || after === undefined) return canceled;
  }
}
