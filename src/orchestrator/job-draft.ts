import type { NewJobSpec } from '../core/job.ts';
import { fieldErrors, HiveError } from '../protocol/errors.ts';
import { type GroupId, ID_BYTES, makeId } from '../protocol/ids.ts';
import type { JobSubmitInput } from '../protocol/job.ts';
import type { Manifest } from '../protocol/manifest.ts';
import { nearest } from '../protocol/nearest.ts';
import type { Deps } from './deps.ts';
import type { Caller } from './orchestrator.ts';
import { readSubmit, requirementsOf, type SubmitTerms } from './submit-body.ts';

/** A checked submit, before its files are looked up. */
export interface Draft {
  readonly spec: NewJobSpec;
  /** name → upload or artifact */
  readonly files: Readonly<Record<string, string>>;
  /** as given: ids, and places in the batch */
  readonly parents: readonly string[];
}

const NO_FILES = {};
const NONE: readonly never[] = [];

/** Random bytes for the ids of a batch. */
export interface IdSource {
  readonly now: number;
  readonly random: Uint8Array;
}

export function draftJob(
  { catalogue }: Pick<Deps, 'catalogue'>,
  body: JobSubmitInput,
  caller: Caller,
  group_id: GroupId | null,
  { now, random }: IdSource,
  index: number,
): Draft {
  const submit = readSubmit(body);
  const { terms } = submit;
  const manifest = findModule(catalogue, terms.module);
  const input = parseInput(manifest, submit.input);
  checkDeadline(terms, now);
  const spec: NewJobSpec = {
    id: makeId('job', now, random, index * ID_BYTES),
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
    requirements: requirementsOf(submit, manifest, input),
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
