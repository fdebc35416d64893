import { fieldErrors, HiveError } from '../protocol/errors.ts';
import { JobSubmit, type JobSubmitInput } from '../protocol/job.ts';
import type { Manifest } from '../protocol/manifest.ts';
import { Requirements, type RequirementsInput } from '../protocol/requirements.ts';

/** Everything a submit says but its input, checked. */
export type SubmitTerms = Omit<JobSubmit, 'input'>;

interface KnownTerms {
  readonly terms: SubmitTerms;
  /** by the needs that a module states for an input */
  readonly requirements: Map<string, Requirements>;
  /** Modules state the same few needs again and again, as the same objects. */
  last: { readonly needs: RequirementsInput; readonly requirements: Requirements } | null;
}

const KEPT = 1000;
const LONGEST_KEY = 2000;
const known = new Map<string, KnownTerms>();

export interface SubmitBody {
  readonly terms: SubmitTerms;
  readonly input: Readonly<Record<string, unknown>>;
  readonly known: KnownTerms;
}

/** The checked body. The many jobs of one client differ in their input alone, so what they share is checked once. */
export function readSubmit(body: JobSubmitInput): SubmitBody {
  const { known, input } = recognize(body);
  return { terms: known.terms, input, known };
}

/** What the job asks of a machine: what its module needs for the input, and what its submit says. */
export function requirementsOf({ known }: SubmitBody, manifest: Manifest, input: unknown): Requirements {
  const needs = manifest.needs(input);
  if (needs === known.last?.needs) return known.last.requirements;
  const found = requirementsFor(known, needs);
  known.last = { needs, requirements: found };
  return found;
}

function requirementsFor({ terms, requirements }: KnownTerms, needs: RequirementsInput): Requirements {
  const key = JSON.stringify(needs);
  const before = requirements.get(key);
  if (before !== undefined) return before;
  const parsed = parseRequirements({ ...needs, ...terms.requirements });
  if (requirements.size < KEPT) requirements.set(key, parsed);
  return parsed;
}

function recognize(body: JobSubmitInput): Pick<SubmitBody, 'input' | 'known'> {
  if (!isObject(body)) parseSubmit(body);
  const { input = {} } = body;
  const key = keyOf(body);
  const before = known.get(key);
  if (before !== undefined && isObject(input)) return { known: before, input };
  const { input: checked, ...terms } = parseSubmit(body);
  const fresh: KnownTerms = { terms, requirements: new Map(), last: null };
  if (key.length <= LONGEST_KEY) {
    if (known.size >= KEPT) known.clear();
    known.set(key, fresh);
  }
  return { known: fresh, input: checked };
}

/** All but the input; most bodies have nothing but a module beside it. */
function keyOf(body: JobSubmitInput): string {
  let key = '';
  for (const name in body) {
    if (name === 'input' || name === 'module') continue;
    key += `${name}:${JSON.stringify(body[name as keyof JobSubmitInput])}\n`;
  }
  return key === '' && typeof body.module === 'string'
    ? body.module
    : `${key}module:${JSON.stringify(body.module)}`;
}

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parseSubmit(body: JobSubmitInput): JobSubmit {
  const parsed = JobSubmit.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new HiveError('invalid_request', 'the job does not fit the schema', {
    errors: fieldErrors(parsed.error),
  });
}

function parseRequirements(given: Readonly<Record<string, unknown>>): Requirements {
  const parsed = Requirements.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new HiveError('invalid_request', 'the requirements do not fit the schema', {
    errors: fieldErrors(parsed.error, '/requirements'),
  });
}
