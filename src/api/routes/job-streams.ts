import type { JobNotice, LogChunk, LogQuery } from '../../orchestrator/orchestrator.ts';
import { callerOf } from '../caller.ts';
import type { App, Context } from '../context.ts';
import { mapped, resumePoint, type ServerEvent, streamEvents } from '../events.ts';
import { LiveAnswer } from '../live-answer.ts';
import { media, operation } from '../operation.ts';
import { AfterQuery, JobParams, LastEventId, LogsQuery } from '../schemas.ts';

const tag = 'jobs';

export function jobStreamRoutes(app: App, context: Context): void {
  eventsRoute(app, context);
  logsRoute(app, context);
}

function eventsRoute(app: App, context: Context): void {
  const { orchestrator, answers } = context;
  const schema = {
    params: JobParams,
    querystring: AfterQuery,
    headers: LastEventId,
    ...operation({
      id: 'followJob',
      tag,
      summary: 'Follow a job',
      description:
        'Server-sent events: `job.<state>` with the job, `progress` between them. Ends after the terminal state; ' +
        'an EventSource must be closed then, or it connects again.',
      answers: { 200: media('text/event-stream', 'Events until the job ends') },
      errors: ['job_not_found'],
    }),
  };
  app.get('/jobs/:id/events', { schema, exposeHeadRoute: false }, async (request, reply) => {
    const { id } = request.params;
    const caller = callerOf(request);
    await orchestrator.getJob(id, caller);
    const after = resumePoint(request.headers['last-event-id'], request.query.after);
    const notices = orchestrator.followJob(id, after, caller, answers.signalOf(reply.raw));
    await streamEvents(mapped(notices, jobEvent), reply, context);
    return reply;
  });
}

const jobEvent = (notice: JobNotice): ServerEvent =>
  notice.kind === 'state'
    ? { id: notice.seq, event: notice.type, data: notice.job }
    : { event: 'progress', data: notice.progress };

function logsRoute(app: App, context: Context): void {
  const { orchestrator, answers, limits, log } = context;
  const schema = {
    params: JobParams,
    querystring: LogsQuery,
    ...operation({
      id: 'getJobLogs',
      tag,
      summary: 'Read or follow the log of an attempt',
      description:
        'Headers: Hive-Log-Attempt, Hive-Log-Offset (where the body begins), and Hive-Log-Next (where to go on) ' +
        'when the body is complete at once.',
      answers: { 200: media('text/plain', 'The bytes as the program wrote them') },
      errors: ['job_not_found'],
    }),
  };
  app.get('/jobs/:id/logs', { schema, exposeHeadRoute: false }, async (request, reply) => {
    const { id } = request.params;
    const { follow, ...query } = request.query;
    const caller = callerOf(request);
    const read = (from: LogQuery) => orchestrator.readLog(id, from, caller);
    const first = await read(query);
    const rest = await read(placeAfter(first));
    const headers = logHeaders(first);
    if (!follow && rest.bytes.length === 0) {
      const next = { 'hive-log-next': String(first.offset + first.bytes.length) };
      return reply.headers({ ...headers, ...next }).send(Buffer.from(first.bytes));
    }
    const signal = answers.signalOf(reply.raw);
    const chunks = follow
      ? orchestrator.followLog(id, placeAfter(first), caller, signal)
      : readOn(read, placeAfter(first));
    const answer = new LiveAnswer(reply, headers, limits.stalledReaderMs);
    try {
      const ok = await writeChunks(answer, first, chunks);
      if (ok) answer.end();
      else answer.break();
    } catch (error) {
      log.error({ err: error, trace_id: request.id }, 'a log stream broke');
      answer.break();
    }
    return reply;
  });
}

const logHeaders = ({ attempt, offset }: LogChunk) => ({
  'content-type': 'text/plain; charset=utf-8',
  'x-content-type-options': 'nosniff',
  'hive-log-attempt': String(attempt),
  'hive-log-offset': String(offset),
});

/** Attempt 0 stands for none yet: the reader waits for the first. */
const placeAfter = ({ attempt, offset, bytes }: LogChunk): LogQuery => ({
  attempt: attempt === 0 ? undefined : attempt,
  after: offset + bytes.length,
});

async function* readOn(
  read: (from: LogQuery) => Promise<LogChunk>,
  from: LogQuery,
): AsyncGenerator<LogChunk> {
  for (let chunk = await read(from); chunk.bytes.length > 0; chunk = await read(placeAfter(chunk)))
    yield chunk;
}

async function writeChunks(
  answer: LiveAnswer,
  first: LogChunk,
  rest: AsyncIterable<LogChunk>,
): Promise<boolean> {
  if (first.bytes.length > 0 && !(await answer.write(first.bytes))) return false;
  for await (const { bytes } of rest) {
    if (!(await answer.write(bytes))) return false;
  }
  return true;
}
