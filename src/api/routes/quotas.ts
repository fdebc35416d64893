import { z } from 'zod';
import { Quota } from '../../protocol/records.ts';
import { callerOf } from '../caller.ts';
import type { App, Context } from '../context.ts';
import { BODY_ERRORS, operation } from '../operation.ts';
import { listOfData } from '../schemas.ts';

const tag = 'quotas';
const Params = z.object({ tenant: z.string().min(1).max(128) });
const Bounds = Quota.omit({ id: true }).partial().strict().describe('what is left out has no bound');

export function quotaRoutes(app: App, { orchestrator }: Context): void {
  const list = operation({
    id: 'listQuotas',
    tag,
    summary: 'List the quotas of tenants',
    answers: { 200: listOfData(Quota) },
  });
  app.get('/quotas', { schema: list }, async (request) => ({
    data: await orchestrator.listQuotas(callerOf(request)),
  }));
  const put = {
    params: Params,
    body: Bounds,
    ...operation({
      id: 'putQuota',
      tag,
      summary: 'Set the quota of a tenant',
      description: 'Counts at once, for jobs that already wait too; what runs goes on.',
      answers: { 200: Quota },
      errors: BODY_ERRORS,
    }),
  };
  app.put('/quotas/:tenant', { schema: put }, (request) => {
    const { max_running = null, max_waiting = null } = request.body;
    const quota = { id: request.params.tenant, max_running, max_waiting };
    return orchestrator.putQuota(quota, callerOf(request));
  });
  const remove = {
    params: Params,
    ...operation({
      id: 'removeQuota',
      tag,
      summary: 'Remove the quota of a tenant',
      answers: { 204: z.undefined().describe('Removed, or there was none') },
    }),
  };
  app.delete('/quotas/:tenant', { schema: remove }, async (request, reply) => {
    await orchestrator.removeQuota(request.params.tenant, callerOf(request));
    return reply.code(204).send();
  });
}
