import type { EventNotice } from '../../orchestrator/orchestrator.ts';
import { callerOf } from '../caller.ts';
import type { App, Context } from '../context.ts';
import { mapped, resumePoint, type ServerEvent, streamEvents } from '../events.ts';
import { media, operation } from '../operation.ts';
import { AfterQuery, LastEventId } from '../schemas.ts';

export function eventRoutes(app: App, context: Context): void {
  const { orchestrator, answers } = context;
  const schema = {
    querystring: AfterQuery,
    headers: LastEventId,
    ...operation({
      id: 'followEvents',
      tag: 'events',
      summary: 'Follow every state change',
      description:
        'Server-sent events, from now on or after the one named. `gap` says that the history no longer reaches back ' +
        'to there: read the lists again.',
      answers: { 200: media('text/event-stream', 'Events without end') },
    }),
  };
  app.get('/events', { schema, exposeHeadRoute: false }, async (request, reply) => {
    const after = resumePoint(request.headers['last-event-id'], request.query.after);
    const notices = orchestrator.followEvents(after, callerOf(request), answers.signalOf(reply.raw));
    await streamEvents(mapped(notices, asServerEvent), reply, context);
    return reply;
  });
}

const asServerEvent = (notice: EventNotice): ServerEvent =>
  notice.kind === 'event'
    ? { id: notice.event.seq, event: notice.event.type, data: notice.event }
    : { event: 'gap', data: { missed_from: notice.missed_from, next: notice.next } };
