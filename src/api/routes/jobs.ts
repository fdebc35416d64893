import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Explanation } from '../../protocol/explain.ts';
import type { JobId } from '../../protocol/ids.ts';
import { Job, JobPatch, JobSubmit, TimelineEntry } from '../../protocol/job.ts';
import { isTerminal } from '../../protocol/job-state.ts';
import { callerOf } from '../caller.ts';
import type { App, Context } from '../context.ts';
import { etagOf, namesTag, readPreferWait } from '../headers.ts';
import { BODY_ERRORS, operation } from '../operation.ts';
import { JobListQuery, JobPage, JobParams, listOfData, SubmitHeaders, WaitQuery } from '../schemas.ts';

const tag = 'jobs';
const RETRY_AFTER = { running: '1', starting: '1', queued: '2', blocked: '5' } as const;

export function jobRoutes(app: App, context: Context): void {
  submitRoute(app, context);
  readRoutes(app, context);
  changeRoutes(app, context);
  retryRoute(app, context);
}

function submitRoute(app: App, context: Context): void {
  const { orchestrator } = context;
  const schema = {
    body: JobSubmit,
    headers: SubmitHeaders,
    ...operation({
      id: 'submitJob',
      tag,
      summary: 'Submit a job',
      description: 'Answers 200 with `Idempotent-Replayed: true` when the idempotency key was used before.',
      answers: { 201: Job, 200: Job },
      errors: [
        ...BODY_ERRORS,
        'unknown_module',
        'invalid_input',
        'idempotency_conflict',
        'no_matching_worker',
        'queue_full',
      ],
    }),
  };
  app.post('/jobs', { schema }, async (request, reply) => {
    const options = { idempotencyKey: request.headers['idempotency-key'] };
    const [made] = await orchestrator.submitJobs([request.body], callerOf(request), options);
    if (made === undefined) throw new Error('a submit of one job answered with none');
    if ('error' in made) throw made.error;
    reply.code(made.replayed ? 200 : 201).header('location', made.job.urls.self);
    if (made.replayed) reply.header('idempotent-replayed', 'true');
    const seconds = readPreferWait(request.headers.prefer);
    if (seconds === undefined) return made.job;
    reply.header('preference-applied', `wait=${Math.min(seconds, context.limits.waitSeconds)}`);
    return waitFor(made.job.id, seconds, request, reply, context);
  });
}

/** The job when it has ended, or as it stands when the time is up or the server stops. */
function waitFor(
  id: JobId,
  seconds: number,
  request: FastifyRequest,
  reply: FastifyReply,
  { orchestrator, limits, answers }: Context,
): Promise<Job> {
  const ms = Math.min(seconds, limits.waitSeconds) * 1000;
  return orchestrator.waitForJob(id, ms, callerOf(request), answers.signalOf(reply.raw));
}

function readRoutes(app: App, context: Context): void {
  const { orchestrator } = context;
  const list = {
    querystring: JobListQuery,
    ...operation({
      id: 'listJobs',
      tag,
      summary: 'List jobs, newest first',
      description: 'Keyset pages: pass next_cursor as cursor, or follow the Link header.',
      answers: { 200: JobPage },
      errors: ['invalid_cursor'],
    }),
  };
  app.get('/jobs', { schema: list }, async (request, reply) => {
    const { label, ...query } = request.query;
    const page = await orchestrator.listJobs({ ...query, labels: label }, callerOf(request));
    if (page.next_cursor !== null) reply.header('link', nextLink(request.url, page.next_cursor));
    return page;
  });

  const one = {
    params: JobParams,
    querystring: WaitQuery,
    ...operation({
      id: 'getJob',
      tag,
      summary: 'Read a job',
      description: 'Carries an ETag; answers 304 to a matching If-None-Match. Retry-After while it runs.',
      answers: { 200: Job, 304: z.undefined().describe('Not changed') },
      errors: ['job_not_found'],
    }),
  };
  app.get('/jobs/:id', { schema: one }, async (request, reply) => {
    const { id } = request.params;
    const seconds = request.query.wait ?? readPreferWait(request.headers.prefer);
    const job =
      seconds === undefined
        ? await orchestrator.getJob(id, callerOf(request))
        : await waitFor(id, seconds, request, reply, context);
    return answerJob(job, request, reply);
  });
  partRoutes(app, context);
}

function answerJob(job: Job, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const body = JSON.stringify(job);
  const etag = etagOf(body);
  reply.header('etag', etag);
  if (!isTerminal(job.state)) reply.header('retry-after', RETRY_AFTER[job.state]);
  const known = request.headers['if-none-match'];
  if (known !== undefined && namesTag(known, etag)) return reply.code(304).send();
  return reply.header('content-type', 'application/json; charset=utf-8').send(body);
}

function nextLink(url: string, cursor: string): string {
  const next = new URL(url, 'http://localhost');
  next.searchParams.set('cursor', cursor);
  return `<${next.pathname}${next.search}>; rel="next"`;
}

function partRoutes(app: App, { orchestrator }: Context): void {
  const explain = {
    params: JobParams,
    ...operation({
      id: 'explainJob',
      tag,
      summary: 'Say why a job waits',
      answers: { 200: Explanation },
      errors: ['job_not_found'],
    }),
  };
  app.get('/jobs/:id/explain', { schema: explain }, (request) =>
    orchestrator.explainJob(request.params.id, callerOf(request)),
  );
  const timeline = {
    params: JobParams,
    ...operation({
      id: 'getJobTimeline',
      tag,
      summary: 'Read the states a job went through',
      answers: { 200: listOfData(TimelineEntry) },
      errors: ['job_not_found'],
    }),
  };
  app.get('/jobs/:id/timeline', { schema: timeline }, async (request) => ({
    data: (await orchestrator.getJob(request.params.id, callerOf(request))).timeline,
  }));
}

const CancelReply = z
  .object({ result: z.enum(['canceled', 'canceling', 'already']), job: Job })
  .meta({ id: 'CancelReply' });

function changeRoutes(app: App, { orchestrator }: Context): void {
  const patch = {
    params: JobParams,
    body: JobPatch,
    ...operation({
      id: 'patchJob',
      tag,
      summary: 'Change priority or labels',
      answers: { 200: Job },
      errors: [...BODY_ERRORS, 'job_not_found', 'job_already_ended'],
    }),
  };
  app.patch('/jobs/:id', { schema: patch }, (request) =>
    orchestrator.patchJob(request.params.id, request.body, callerOf(request)),
  );
  const cancel = {
    params: JobParams,
    ...operation({
      id: 'cancelJob',
      tag,
      summary: 'Cancel a job',
      description: 'canceled: it is over · canceling: its worker was told · already: it had ended before.',
      answers: { 200: CancelReply },
      errors: ['job_not_found'],
    }),
  };
  app.post('/jobs/:id/cancel', { schema: cancel }, (request) =>
    orchestrator.cancelJob(request.params.id, callerOf(request)),
  );
}

function retryRoute(app: App, { orchestrator }: Context): void {
  const retry = {
    params: JobParams,
    headers: SubmitHeaders,
    ...operation({
      id: 'retryJob',
      tag,
      summary: 'Submit an ended job again',
      description:
        'Makes a new job with the same submit and retry_of. Answers 200 when the idempotency key was used before.',
      answers: { 201: Job, 200: Job },
      errors: ['job_not_found', 'job_not_terminal', 'idempotency_conflict', 'queue_full'],
    }),
  };
  app.post('/jobs/:id/retry', { schema: retry }, async (request, reply) => {
    const options = { idempotencyKey: request.headers['idempotency-key'] };
    const { job, replayed } = await orchestrator.retryJob(request.params.id, callerOf(request), options);
    if (replayed) reply.header('idempotent-replayed', 'true');
    return reply
      .code(replayed ? 200 : 201)
      .header('location', job.urls.self)
      .send(job);
  });
}
