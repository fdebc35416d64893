import { type JobRecord, newJob } from '../core/job.ts';
import { HiveError } from '../protocol/errors.ts';
import { ID_BYTES, type JobId, makeId } from '../protocol/ids.ts';
import type { JobSubmitInput } from '../protocol/job.ts';
import type { InsertItem } from '../store/job-store.ts';
import { hashOf } from './canonical.ts';
import type { Deps } from './deps.ts';
import { pinFiles } from './input-files.ts';
import { type Draft, draftJob } from './job-draft.ts';
import type { Caller, SubmitOptions, Submitted } from './orchestrator.ts';
import { answerOf } from './submit-answer.ts';

/** Validates each body against its module and stores those that fit in one commit; each refusal stands alone. */
export async function submitJobs(
  deps: Deps,
  bodies: readonly JobSubmitInput[],
  caller: Caller,
  options: SubmitOptions = {},
): Promise<Submitted[]> {
  const { group_id = null } = options;
  const whole = group_id !== null;
  const wholeHash = whole && options.idempotencyKey !== undefined ? hashOf(bodies) : null;
  const source = { now: deps.time.now(), random: deps.randomBytes(ID_BYTES * bodies.length) };
  const alone = bodies.map((body, index) =>
    refusable(() => draftJob(deps, body, caller, group_id, source, index)),
  );
  const drafts = alone.some(hasParents) ? resolveParents(alone) : alone;
  const jobs = drafts.some(namesFiles)
    ? await Promise.all(drafts.map((draft) => pinned(deps, draft, caller)))
    : drafts.map((draft) => refusable(() => newJob(orThrow(draft).spec)));
  const keyed = jobs.map((job, index) => (job instanceof HiveError ? job : itemOf(job, index)));
  const fitting = keyed.filter((item): item is InsertItem => !(item instanceof HiveError));
  // Of a group that has a bad job nothing is stored.
  const items = whole && fitting.length < keyed.length ? [] : fitting;
  const results = items.length === 0 ? [] : await deps.store.jobs.insertJobs(items, { whole });
  let next = 0;
  return keyed.map((item) => {
    if (item instanceof HiveError) return { error: item };
    if (items.length === 0) return { error: SPARED };
    return answerOf(results[next++]);
  });

  function itemOf(job: JobRecord, index: number): InsertItem {
    if (options.idempotencyKey === undefined) return { job };
    const key = `${caller.tenant}:${options.idempotencyKey}#${index}`;
    // A group is one request: a job more or less makes it another.
    return { job, idempotency: { key, hash: wholeHash ?? hashOf(bodies[index]) } };
  }
}

/** What befalls the good jobs of a group that has a bad one. */
export const SPARED = new HiveError('invalid_request', 'another job of its group was refused');

/** A refusal is an answer; anything else is a fault of ours. */
function refusable<T>(act: () => T): T | HiveError {
  try {
    return act();
  } catch (error) {
    if (error instanceof HiveError) return error;
    throw error;
  }
}

function orThrow<T>(value: T | HiveError): T {
  if (value instanceof HiveError) throw value;
  return value;
}

const hasParents = (draft: Draft | HiveError): boolean =>
  !(draft instanceof HiveError) && draft.parents.length > 0;

/** Places in the batch become ids. Only earlier ones can be named, so that no circle can be. */
function resolveParents(drafts: readonly (Draft | HiveError)[]): (Draft | HiveError)[] {
  const resolved: (Draft | HiveError)[] = [];
  for (const draft of drafts) {
    const next =
      draft instanceof HiveError || draft.parents.length === 0
        ? draft
        : refusable(() => {
            const ids = draft.parents.map((parent) => parentOf(resolved, parent));
            return { ...draft, spec: { ...draft.spec, depends_on: [...new Set(ids)] } };
          });
    resolved.push(next);
  }
  return resolved;
}

function parentOf(earlier: readonly (Draft | HiveError)[], parent: string): JobId {
  if (!parent.startsWith('#')) return parent as JobId;
  const draft = earlier[Number(parent.slice(1))];
  if (draft !== undefined && !(draft instanceof HiveError)) return draft.spec.id;
  const message =
    draft === undefined
      ? `${parent} is not an earlier job of the batch`
      : `${parent} of the batch was refused: ${draft.message}`;
  throw new HiveError('unknown_parent', message, {
    hint: 'a job may depend on jobs that exist and on earlier ones of its batch, so that no circle can be',
    errors: [{ pointer: '/depends_on', message }],
  });
}

const namesFiles = (draft: Draft | HiveError): boolean =>
  !(draft instanceof HiveError) && Object.keys(draft.files).length > 0;

async function pinned(deps: Deps, draft: Draft | HiveError, caller: Caller): Promise<JobRecord | HiveError> {
  if (draft instanceof HiveError) return draft;
  try {
    return newJob({ ...draft.spec, files: await pinFiles(deps, draft.files, caller) });
  } catch (error) {
    if (error instanceof HiveError) return error;
    throw error;
  }
}

/** A new job with the same submit as one that ended. */
export async function resubmit(
  deps: Deps,
  ended: JobRecord,
  caller: Caller,
  { idempotencyKey }: SubmitOptions,
): Promise<Submitted> {
  const now = deps.time.now();
  const { tenant, module, name, input, files, retry, timeout_ms, priority, labels, requirements } = ended;
  const { unique_key, concurrency, strict, on_partition } = ended;
  const job = newJob({
    id: makeId('job', now, deps.randomBytes(ID_BYTES)),
    tenant,
    principal: caller.principal,
    module,
    name,
    input,
    files,
    retry,
    timeout_ms,
    run_at: null,
    deadline_at: null,
    group_id: null,
    retry_of: ended.id,
    // What it depended on has ended, one way or the other.
    depends_on: [],
    on_parent_failure: 'cancel',
    unique_key,
    concurrency,
    strict,
    created_at: now,
    priority,
    labels,
    on_partition,
    requirements,
  });
  const key = `${caller.tenant}:${idempotencyKey}#0`;
  const item = { job, ...(idempotencyKey !== undefined && { idempotency: { key, hash: hashOf(ended.id) } }) };
  const [result] = await deps.store.jobs.insertJobs([item]);
  return answerOf(result);
}
