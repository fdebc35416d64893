import { z } from 'zod';
import type { App, Context } from '../context.ts';
import { operation } from '../operation.ts';
import { rootPage } from '../pages.ts';

const Pointers = z.object({
  name: z.literal('hive'),
  version: z.string(),
  docs: z.string(),
  openapi: z.string(),
});

export function rootRoute(app: App, { version }: Context): void {
  const schema = operation({
    id: 'getRoot',
    tag: 'server',
    summary: 'Point to the docs',
    answers: { 200: Pointers },
  });
  app.get('/', { schema }, (request, reply) => {
    const pointers = { name: 'hive', version, docs: '/docs', openapi: '/openapi.json' };
    if (!request.headers.accept?.includes('text/html')) return reply.send(pointers);
    return reply
      .headers({ 'content-type': 'text/html; charset=utf-8', vary: 'accept' })
      .send(rootPage(version));
  });
}
