import { z } from 'zod';
import type { Caller, Submitted } from '../../orchestrator/orchestrator.ts';
import { HiveError } from '../../protocol/errors.ts';
import { JobId } from '../../protocol/ids.ts';
import { Job, JobSubmit, type JobSubmitInput } from '../../protocol/job.ts';
import { Problem } from '../../protocol/problem.ts';
import { callerOf } from '../caller.ts';
import type { App, Context } from '../context.ts';
import { asHiveError } from '../errors.ts';
import { prefersMinimal } from '../headers.ts';
import { BODY_ERRORS, operation } from '../operation.ts';
import { SubmitHeaders } from '../schemas.ts';

const BatchReply = z
  .object({
    results: z.array(
      z.object({
        status: z.number().int(),
        job: z.union([Job, z.object({ id: JobId })]).optional(),
        error: Problem.optional(),
      }),
    ),
  })
  .meta({ id: 'BatchReply' });
type Result = { readonly status: number; readonly job?: unknown; readonly error?: unknown };

export function jobBatchRoute(app: App, context: Context): void {
  const { limits } = context;
  const items = <T extends z.ZodType>(item: T) =>
    z.strictObject({ jobs: z.array(item).min(1).max(limits.batchItems) });
  const schema = {
    // The items are checked one by one, so that a bad one is refused alone.
    body: items(z.unknown()),
    headers: SubmitHeaders,
    ...operation({
      id: 'submitJobs',
      tag: 'jobs',
      summary: 'Submit many jobs',
      description:
        'Each item is accepted or refused alone, in the order given. `Prefer: return=minimal` leaves only ids of the jobs.',
      body: { 'application/json': items(JobSubmit) },
      answers: { 200: BatchReply },
      errors: [...BODY_ERRORS, 'idempotency_conflict', 'queue_full'],
    }),
  };
  app.post('/jobs/batch', { schema, bodyLimit: limits.batchBytes }, async (request, reply) => {
    const bodies = request.body.jobs;
    const key = request.headers['idempotency-key'];
    const minimal = prefersMinimal(request.headers.prefer);
    if (minimal) reply.header('preference-applied', 'return=minimal');
    const results = await submitEach(bodies, key, callerOf(request), request.id, context, minimal);
    if (results.every(({ status }) => status === 200)) reply.header('idempotent-replayed', 'true');
    return { results };
  });
}

/** Names the fields as the batch has them. */
function inBatch(error: HiveError, index: number): HiveError {
  if (error.errors.length === 0) return error;
  const errors = error.errors.map(({ pointer, message }) => ({
    pointer: `/jobs/${index}${pointer}`,
    message,
  }));
  const { code, message, hint, retryAfterSeconds, cause } = error;
  return new HiveError(code, message, { hint, errors, retryAfterSeconds, cause });
}

async function submitEach(
  bodies: readonly unknown[],
  idempotencyKey: string | undefined,
  caller: Caller,
  traceId: string,
  { orchestrator, log }: Context,
  minimal: boolean,
): Promise<Result[]> {
  // Each body is checked where it is read, once.
  const made = await orchestrator.submitJobs(bodies as JobSubmitInput[], caller, { idempotencyKey });
  return made.map((answer: Submitted, i) => {
    if (!('error' in answer)) {
      const job = minimal ? { id: answer.id } : answer.job;
      return { status: answer.replayed ? 200 : 201, job };
    }
    const error = inBatch(asHiveError(answer.error), i);
    if (error.code === 'internal') log.error({ err: answer.error, trace_id: traceId }, 'a submit failed');
    return { status: error.status, error: error.toProblem(undefined, traceId) };
  });
}
