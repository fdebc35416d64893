import { PARENTS_NAMED } from '../core/explain.ts';
import type { JobRecord } from '../core/job.ts';
import { fieldErrors, HiveError } from '../protocol/errors.ts';
import { JobId } from '../protocol/ids.ts';
import { Labels } from '../protocol/job.ts';
import type { PlacedJob } from '../store/job-store.ts';
import type { Deps } from './deps.ts';
import type { Caller, JobListQuery, Page } from './orchestrator.ts';

/** Another tenant's job is not found, like one that never was. */
export async function readPlacedJob(deps: Deps, id: JobId, caller: Caller): Promise<PlacedJob> {
  const found = await deps.store.jobs.getJob({ job: id });
  if (found === null || found.job.tenant !== caller.tenant) {
    throw new HiveError('job_not_found', `there is no job ${id}`, { hint: 'hive jobs lists yours' });
  }
  return found;
}

export const readJob = async (deps: Deps, id: JobId, caller: Caller): Promise<JobRecord> =>
  (await readPlacedJob(deps, id, caller)).job;

/** The first few jobs that it waits for. */
export async function readParents(deps: Deps, { waits_for }: JobRecord): Promise<readonly JobRecord[]> {
  const ids = waits_for.slice(0, PARENTS_NAMED);
  const found = await Promise.all(ids.map((job) => deps.store.jobs.getJob({ job })));
  return found.flatMap((placed) => placed?.job ?? []);
}

export async function readJobPage(deps: Deps, query: JobListQuery, caller: Caller): Promise<Page<JobRecord>> {
  const rows = await deps.store.jobs.listJobs({
    tenant: caller.tenant,
    state: query.state,
    module: query.module,
    worker_id: query.worker,
    group_id: query.group,
    labels: query.labels === undefined ? undefined : parseLabels(query.labels),
    after: query.cursor === undefined ? undefined : parseCursor(query.cursor),
    limit: query.limit + 1,
  });
  const data = rows.slice(0, query.limit);
  const has_more = rows.length > query.limit;
  const last = data.at(-1);
  return {
    data,
    has_more,
    next_cursor: has_more && last !== undefined ? Buffer.from(last.id).toString('base64url') : null,
  };
}

function parseCursor(cursor: string): JobId {
  const parsed = JobId.safeParse(Buffer.from(cursor, 'base64url').toString('latin1'));
  if (parsed.success) return parsed.data;
  throw new HiveError('invalid_cursor', `"${cursor.slice(0, 100)}" is not a cursor`, {
    hint: 'use next_cursor of the page before, unchanged, or leave cursor out for the first page',
    errors: [{ pointer: 'cursor', message: 'is not a cursor this server gave out' }],
  });
}

function parseLabels(pairs: readonly string[]): Record<string, string> {
  const labels = Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1)
        throw new HiveError('invalid_request', `label "${pair}" is not key=value`, {
          errors: [{ pointer: 'label', message: 'must be key=value' }],
        });
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
  const parsed = Labels.safeParse(labels);
  if (parsed.success) return parsed.data;
  throw new HiveError('invalid_request', 'the label filter is not valid', {
    errors: fieldErrors(parsed.error, '/label'),
  });
}
