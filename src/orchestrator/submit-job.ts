import { type JobRecord, newJob } from '../core/job.ts';
import type { StagedInput } from '../protocol/attempt.ts';
import { fieldErrors, HiveError } from '../protocol/errors.ts';
import { makeId } from '../protocol/ids.ts';
import { JobSubmit, type JobSubmitInput } from '../protocol/job.ts';
import type { Manifest } from '../protocol/manifest.ts';
import { nearest } from '../protocol/nearest.ts';
import { Requirements } from '../protocol/requirements.ts';
import type { InsertItem, InsertResult } from '../store/job-store.ts';
import { hashOf } from './canonical.ts';
import type { Deps } from './deps.ts';
import { pinFiles } from './input-files.ts';
import type { Caller, SubmitOptions, Submitted } from './orchestrator.ts';
import { viewJob } from './view.ts';

/** Validates each body against its module and stores those that fit in one commit; each refusal stands alone. */
export async function submitJobs(
  deps: Deps,
  bodies: readonly JobSubmitInput[],
  caller: Caller,
  options: SubmitOptions = {},
): Promise<Submitted[]> {
  const prepared = await Promise.all(
    bodies.map((body, index) => prepare(deps, body, index, caller, options)),
  );
  const items = prepared.filter((item): item is InsertItem => !(item instanceof HiveError));
  const results = items.length === 0 ? [] : await deps.store.jobs.insertJobs(items);
  let next = 0;
  return prepared.map((item) => (item instanceof HiveError ? { error: item } : answer(results[next++])));
}

async function prepare(
  deps: Deps,
  body: JobSubmitInput,
  index: number,
  caller: Caller,
  options: SubmitOptions,
): Promise<InsertItem | HiveError> {
  try {
    const job = await buildJob(deps, body, caller);
    if (options.idempotencyKey === undefined) return { job };
    const key = `${caller.tenant}:${options.idempotencyKey}#${index}`;
    return { job, idempotency: { key, hash: hashOf(body) } };
  } catch (error) {
    if (error instanceof HiveError) return error;
    throw error;
  }
}

async function buildJob(deps: Deps, body: JobSubmitInput, caller: Caller): Promise<JobRecord> {
  const submit = parseSubmit(body);
  const manifest = findModule(deps.catalogue, submit.module);
  const input = parseInput(manifest, submit.input);
  const requirements = requirementsOf(manifest, input, submit.requirements);
  const files: StagedInput[] = await pinFiles(deps, manifest.files?.(input) ?? {}, caller);
  const now = deps.time.now();
  checkDeadline(submit, now);
  return newJob({
    id: makeId('job', now, deps.randomBytes(10)),
    tenant: caller.tenant,
    principal: caller.principal,
    module: manifest.name,
    name: submit.name ?? null,
    // The module's own defaults are written down, so that the job says all it will run with.
    input: input as Record<string, unknown>,
    files,
    retry: submit.retry,
    timeout_ms: Math.round(submit.timeout_seconds * 1000),
    run_at: instant(submit.run_at),
    deadline_at: instant(submit.deadline_at),
    group_id: null,
    retry_of: null,
    created_at: now,
    priority: submit.priority,
    labels: submit.labels,
    on_partition: submit.on_partition,
    requirements,
  });
}

function checkDeadline(submit: JobSubmit, now: number): void {
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

function parseSubmit(body: JobSubmitInput): JobSubmit {
  const parsed = JobSubmit.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new HiveError('invalid_request', 'the job does not fit the schema', {
    errors: fieldErrors(parsed.error),
  });
}

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

function requirementsOf(
  manifest: Manifest,
  input: unknown,
  overrides: Readonly<Record<string, unknown>> | undefined,
): Requirements {
  const parsed = Requirements.safeParse({ ...manifest.needs(input), ...overrides });
  if (parsed.success) return parsed.data;
  throw new HiveError('invalid_request', 'the requirements do not fit the schema', {
    errors: fieldErrors(parsed.error, '/requirements'),
  });
}

function answer(result: InsertResult | undefined): Submitted {
  if (result === undefined)
    throw new HiveError('internal', 'the store answered fewer items than it was given');
  switch (result.kind) {
    case 'created':
      return shown(result.job, false);
    case 'replayed':
      return shown(result.job, true);
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
  const { on_partition } = ended;
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
    created_at: now,
    priority,
    labels,
    on_partition,
    requirements,
  });
  const [result] = await deps.store.jobs.insertJobs([{ job }]);
  return answer(result);
}
