import type { FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { HiveError } from '../protocol/errors.ts';
import type { App } from './context.ts';
import { nearestPath } from './nearest-path.ts';

const METHODS: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Refuses what no route takes: 405 with Allow where the path is known, else 404 with the path that may be meant. */
export function refuseUnknownRoutes(app: App): void {
  const paths = new Set<string>();
  app.addHook('onRoute', ({ url }) => void paths.add(url));
  // Before the body is read: a missing route is the first thing to say about a request.
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404) throw refusal(app, request, reply, paths);
  });
}

function refusal(app: App, request: FastifyRequest, reply: FastifyReply, paths: Set<string>): HiveError {
  const [url = '/'] = request.url.split('?', 1);
  const allowed = METHODS.filter((method) => app.findRoute({ method, url }) !== null);
  if (allowed.length > 0) {
    reply.header('allow', allowed.join(', '));
    return new HiveError('method_not_allowed', `${request.method} is not a method of ${url}.`, {
      hint: `use ${allowed.join(', ')}`,
    });
  }
  const near = nearestPath(url, paths);
  return new HiveError('not_found', `There is nothing at ${url}.`, {
    hint: near === undefined ? 'see /docs for the API' : `did you mean ${near}?`,
  });
}
