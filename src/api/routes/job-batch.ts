import { z } from 'zod';
import type { Caller, Submitted } from '../../orchestrator/orchestrator.ts';
import { Problem } from '../../protocol/errors.ts';
import { JobId } from '../../protocol/ids.ts';
import { Job, JobSubmit } from '../../protocol/job.ts';
import { callerOf } from '../caller.ts';
import type { App, Context } from '../context.ts';
import { asHiveError } from '../errors.ts';
import { prefersMinimal } from '../headers.ts';
import { BODY_ERRORS, operation } from '../operation.ts';
import { SubmitHeaders } from '../schemas.ts';
import { invalidRequest } from '../validation.ts';

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

async function submitEach(
  bodies: readonly unknown[],
  idempotencyKey: string | undefined,
  caller: Caller,
  traceId: string,
  { orchestrator, log }: Context,
  minimal: boolean,
): Promise<Result[]> {
  const parsed = bodies.map((body) => JobSubmit.safeParse(body));
  const valid = parsed.flatMap(({ data }) => (data === undefined ? [] : [data]));
  const made = valid.length === 0 ? [] : await orchestrator.submitJobs(valid, caller, { idempotencyKey });
  const answers = made.values();
  return parsed.map((item, i) => {
    const answer: Submitted | undefined = item.success
      ? answers.next().value
      : { error: invalidRequest(item.error, 'body', ['jobs', String(i)]) };
    if (answer === undefined) throw new Error('a submit answered with fewer jobs than it was given');
    if (!('error' in answer)) {
      const job = minimal ? { id: answer.id } : answer.job;
      return { status: answer.replayed ? 200 : 201, job };
    }
    const error = asHiveError(answer.error);
    if (error.code === 'internal') log.error({ err: answer.error, trace_id: traceId }, 'a submit failed');
    return { status: error.status, error: error.toProblem(undefined, traceId) };
  });
}
