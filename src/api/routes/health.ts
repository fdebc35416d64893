import { z } from 'zod';
import type { App, Context } from '../context.ts';
import { type Media, media, operation } from '../operation.ts';

const tag = 'server';
const Readiness = z.object({ ready: z.boolean(), problems: z.array(z.string()) });
const Version = z.object({ name: z.literal('hive'), version: z.string(), node: z.string() });
const notReady: Media = media('application/json', 'Not ready; the problems say why', Readiness);

export function healthRoutes(app: App, { orchestrator, version, answers }: Context): void {
  const live = operation({
    id: 'getHealth',
    tag,
    summary: 'Say that the process lives',
    answers: { 200: z.object({ status: z.literal('ok') }) },
  });
  app.get('/healthz', { schema: live }, async () => ({ status: 'ok' }));

  const ready = operation({
    id: 'getReadiness',
    tag,
    summary: 'Say whether work is taken',
    answers: { 200: Readiness, 503: notReady },
  });
  app.get('/readyz', { schema: ready }, async (_request, reply) => {
    const problems = answers.closing ? ['the server is stopping'] : await orchestrator.readiness();
    return reply.code(problems.length === 0 ? 200 : 503).send({ ready: problems.length === 0, problems });
  });

  const build = operation({ id: 'getVersion', tag, summary: 'Name this build', answers: { 200: Version } });
  app.get('/version', { schema: build }, async () => ({ name: 'hive', version, node: process.version }));
}
