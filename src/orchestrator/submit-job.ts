import { type JobRecord, type NewJobSpec, newJob } from '../core/job.ts';
import { fieldErrors, HiveError } from '../protocol/errors.ts';
import { type GroupId, type JobId, makeId } from '../protocol/ids.ts';
import type { JobSubmitInput } from '../protocol/job.ts';
import type { Manifest } from '../protocol/manifest.ts';
import { nearest } from '../protocol/nearest.ts';
import type { InsertItem, InsertResult } from '../store/job-store.ts';
import { hashOf } from './canonical.ts';
import type { Deps } from './deps.ts';
import { pinFiles } from './input-files.ts';
import type { Caller, SubmitOptions, Submitted } from './orchestrator.ts';
import { readSubmit, type SubmitTerms } from './submit-body.ts';
import { viewJob } from './view.ts';

/** Validates each body against its module and stores those that fit in one commit; each refusal stands alone. */
export async function submitJobs(
  deps: Deps,
  bodies: readonly JobSubmitInput[],
  caller: Caller,
  options: SubmitOptions = {},
): Promise<Submitted[]> {
  const { group_id = null } = options;
  const whole = group_id !== null;
  const alone = bodies.map((body) => refusable(() => draftJob(deps, body, caller, group_id)));
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
    return answer(results[next++]);
  });

  function itemOf(job: JobRecord, index: number): InsertItem {
    if (options.idempotencyKey === undefined) return { job };
    const key = `${caller.tenant}:${options.idempotencyKey}#${index}`;
    return { job, idempotency: { key, hash: hashOf(bodies[index]) } };
  }
}

/** What befalls the good jobs of a group that has a bad one. */
export const SPARED = new HiveError('invalid_request', 'another job of its group was refused');

/** A checked submit, before its files are looked up. */
interface Draft {
  readonly spec: NewJobSpec;
  /** name → upload or artifact */
  readonly files: Readonly<Record<string, string>>;
  /** as given: ids, and places in the batch */
  readonly parents: readonly string[];
}

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

const NO_FILES = {};
const NONE: readonly never[] = [];

function draftJob(deps: Deps, body: JobSubmitInput, caller: Caller, group_id: GroupId | null): Draft {
  const { terms, input: given, requirementsOf } = readSubmit(body);
  const manifest = findModule(deps.catalogue, terms.module);
  const input = parseInput(manifest, given);
  const now = deps.time.now();
  checkDeadline(terms, now);
  const spec: NewJobSpec = {
    id: makeId('job', now, deps.randomBytes(10)),
    tenant: caller.tenant,
    principal: caller.principal,
    module: manifest.name,
    name: terms.name ?? null,
    // The module's own defaults are written down, so that the job says all it will run with.
    input: input as Record<string, unknown>,
    files: [],
    retry: terms.retry,
    timeout_ms: Math.round(terms.timeout_seconds * 1000),
    run_at: instant(terms.run_at),
    deadline_at: instant(terms.deadline_at),
    group_id,
    retry_of: null,
    depends_on: NONE,
    on_parent_failure: terms.on_parent_failure,
    unique_key: terms.unique_key ?? null,
    concurrency: terms.concurrency ?? null,
    strict: terms.strict,
    created_at: now,
    priority: terms.priority,
    labels: terms.labels,
    on_partition: terms.on_partition,
    requirements: requirementsOf(manifest, input),
  };
  return { spec, files: manifest.files?.(input) ?? NO_FILES, parents: terms.depends_on };
}

function checkDeadline(submit: SubmitTerms, now: number): void {
  const deadline = instant(submit.deadline_at);
  const start = Math.max(now, instant(submit.run_at) ?? 0);
  if (deadline === null || deadline > start) return;
  const message = deadline <= now ? 'is in the past' : 'is not after run_at';
  throw new HiveError('invalid_request', `deadline_at ${submit.deadline_at} ${message}`, {
    errors: [{ pointer: '/deadline_at', message }],
    hint: 'name a later instant, or leave deadline_at out',
  });
}

const instant = (text: string | undefined): number | null => (text === undefined ? null : Date.parse(text));

export function findModule(catalogue: readonly Manifest[], name: string): Manifest {
  const manifest = catalogue.find((candidate) => candidate.name === name);
  if (manifest !== undefined) return manifest;
  const names = catalogue.map((candidate) => candidate.name);
  const near = nearest(name, names);
  throw new HiveError('unknown_module', `there is no module "${name}"`, {
    hint: near.length > 0 ? `did you mean ${near.join(' or ')}?` : `known modules: ${names.join(', ')}`,
    errors: [{ pointer: '/module', message: `"${name}" is not one of ${names.join(', ')}` }],
  });
}

function parseInput(manifest: Manifest, input: Readonly<Record<string, unknown>>): unknown {
  const parsed = manifest.input.safeParse(input);
  if (parsed.success) return parsed.data;
  const errors = fieldErrors(parsed.error, '/input');
  throw new HiveError(
    'invalid_input',
    `the input does not fit ${manifest.name}: ${errors.map((e) => `${e.pointer} ${e.message}`).join('; ')}`,
    {
      errors,
      hint: `GET /v1/modules/${manifest.name} has the schema and an example`,
    },
  );
}

function answer(result: InsertResult | undefined): Submitted {
  if (result === undefined)
    throw new HiveError('internal', 'the store answered fewer items than it was given');
  switch (result.kind) {
    case 'created':
      return shown(result.job, false);
    case 'replayed':
      return shown(result.job, true);
    case 'unknown_parent':
      return {
        error: new HiveError('unknown_parent', `it depends on ${result.parent}, and there is no such job`, {
          hint: 'name jobs that were submitted before, or earlier ones of the same batch as #0, #1',
          errors: [{ pointer: '/depends_on', message: `there is no job ${result.parent}` }],
        }),
      };
    case 'existing':
      return shown(result.job, true);
    case 'quota_full':
      return {
        error: new HiveError(
          'quota_exceeded',
          `${result.waiting} jobs of tenant ${result.tenant} are waiting, its quota is ${result.most}`,
          { hint: 'wait for workers to catch up, or raise max_waiting', retryAfterSeconds: 5 },
        ),
      };
    case 'conflict':
      return {
        error: new HiveError(
          'idempotency_conflict',
          'this Idempotency-Key was used with another body in the last 24 hours',
          { hint: 'use a new key for a new request' },
        ),
      };
    case 'queue_full':
      return {
        error: new HiveError('queue_full', `${result.queued} jobs are waiting, the queue takes no more`, {
          hint: 'wait for workers to catch up, or add workers',
          retryAfterSeconds: 5,
        }),
      };
  }
}

/** The view is made for those who look at it. */
const shown = (job: JobRecord, replayed: boolean): Submitted => ({
  id: job.id,
  get job() {
    return viewJob(job);
  },
  replayed,
});

/** A new job with the same submit as one that ended. */
export async function resubmit(deps: Deps, ended: JobRecord, caller: Caller): Promise<Submitted> {
  const now = deps.time.now();
  const { tenant, module, name, input, files, retry, timeout_ms, priority, labels, requirements } = ended;
  const { unique_key, concurrency, strict, on_partition } = ended;
  const job = newJob({
    id: makeId('job', now, deps.randomBytes(10)),
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
  const [result] = await deps.store.jobs.insertJobs([{ job }]);
  return answer(result);
}
