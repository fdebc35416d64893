import { z } from 'zod';
import { Group, GroupSubmit } from '../../protocol/group.ts';
import { GroupId } from '../../protocol/ids.ts';
import { callerOf } from '../caller.ts';
import type { App, Context } from '../context.ts';
import { readPreferWait } from '../headers.ts';
import { BODY_ERRORS, operation } from '../operation.ts';
import { SubmitHeaders, WaitQuery } from '../schemas.ts';

const tag = 'groups';
const Params = z.object({ id: GroupId });
const GroupCancel = z
  .object({ canceled: z.number().int().describe('jobs that had not ended'), group: Group })
  .meta({ id: 'GroupCancel' });

export function groupRoutes(app: App, context: Context): void {
  submitRoute(app, context);
  readRoutes(app, context);
}

function submitRoute(app: App, { orchestrator, limits }: Context): void {
  const submit = {
    body: GroupSubmit,
    headers: SubmitHeaders,
    ...operation({
      id: 'submitGroup',
      tag,
      summary: 'Submit many jobs as one group, all or none',
      description:
        'The jobs themselves, or one as a template with `count` or `values`: {{index}} and {{value}} in its input are filled in.',
      answers: { 201: Group, 200: Group },
      errors: [...BODY_ERRORS, 'unknown_module', 'invalid_input', 'unknown_parent', 'queue_full'],
    }),
  };
  app.post('/groups', { schema: submit, bodyLimit: limits.batchBytes }, async (request, reply) => {
    const idempotencyKey = request.headers['idempotency-key'];
    const { group, replayed } = await orchestrator.submitGroup(request.body, callerOf(request), {
      idempotencyKey,
    });
    if (replayed) reply.header('idempotent-replayed', 'true');
    return reply
      .code(replayed ? 200 : 201)
      .header('location', group.urls.self)
      .send(group);
  });
}

function readRoutes(app: App, { orchestrator, limits, answers }: Context): void {
  const one = {
    params: Params,
    querystring: WaitQuery,
    ...operation({
      id: 'getGroup',
      tag,
      summary: 'Read how a group stands, or wait for its end',
      answers: { 200: Group },
      errors: ['group_not_found'],
    }),
  };
  app.get('/groups/:id', { schema: one }, (request, reply) => {
    const seconds = request.query.wait ?? readPreferWait(request.headers.prefer) ?? 0;
    const ms = Math.min(seconds, limits.waitSeconds) * 1000;
    const signal = answers.signalOf(reply.raw);
    return orchestrator.waitForGroup(request.params.id, ms, callerOf(request), signal);
  });
  const cancel = {
    params: Params,
    ...operation({
      id: 'cancelGroup',
      tag,
      summary: 'Cancel every job of a group that has not ended',
      answers: { 200: GroupCancel },
      errors: ['group_not_found'],
    }),
  };
  app.post('/groups/:id/cancel', { schema: cancel }, (request) =>
    orchestrator.cancelGroup(request.params.id, callerOf(request)),
  );
}
