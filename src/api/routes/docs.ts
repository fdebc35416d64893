import { createReadStream } from 'node:fs';
import { createRequire as requireFrom } from 'node:module';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { HiveError } from '../../protocol/errors.ts';
import type { App, Context } from '../context.ts';
import { media, operation } from '../operation.ts';
import { DOCS_PAGE, DOCS_SCRIPT, problemsPage } from '../pages.ts';

const tag = 'server';
const HTML = 'text/html; charset=utf-8';
/** Nothing is fetched from elsewhere; Swagger UI sets styles of its own. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'";
const ASSETS: ReadonlyMap<string, string> = new Map([
  ['swagger-ui.css', 'text/css; charset=utf-8'],
  ['swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
  ['favicon-32x32.png', 'image/png'],
]);

export function docsRoutes(app: App, context: Context): void {
  openApiRoute(app, context);
  pageRoutes(app);
  assetRoutes(app);
}

function openApiRoute(app: App, context: Context): void {
  let document: Promise<string> | undefined;
  const schema = operation({
    id: 'getOpenApi',
    tag,
    summary: 'Describe this API (OpenAPI 3.1)',
    answers: { 200: z.record(z.string(), z.unknown()) },
  });
  app.get('/openapi.json', { schema }, async (_request, reply) => {
    document ??= context.describe().then((made) => JSON.stringify(made));
    return reply.header('content-type', 'application/json; charset=utf-8').send(await document);
  });
}

function pageRoutes(app: App): void {
  const docs = operation({
    id: 'getDocs',
    tag,
    summary: 'Browse this API',
    answers: { 200: media('text/html', 'A page') },
  });
  app.get('/docs', { schema: docs }, (_request, reply) =>
    reply.headers({ 'content-type': HTML, 'content-security-policy': POLICY }).send(DOCS_PAGE),
  );
  const problems = operation({
    id: 'getProblemDocs',
    tag,
    summary: 'List every error code',
    answers: { 200: media('text/html', 'A page with an anchor per code') },
  });
  app.get('/docs/problems', { schema: problems }, (_request, reply) =>
    reply.headers({ 'content-type': HTML, 'content-security-policy': POLICY }).send(problemsPage()),
  );
}

function assetRoutes(app: App): void {
  const schema = {
    params: z.object({ file: z.string().max(64) }),
    ...operation({
      id: 'getDocsAsset',
      tag,
      summary: 'Read a file of the docs page',
      answers: { 200: media('text/plain', 'A script, style or image') },
      errors: ['not_found'],
    }),
  };
  app.get('/docs/:file', { schema }, async (request, reply) => {
    const { file } = request.params;
    reply.headers({ 'cache-control': 'public, max-age=3600', 'x-content-type-options': 'nosniff' });
    if (file === 'docs.js')
      return reply.header('content-type', 'text/javascript; charset=utf-8').send(DOCS_SCRIPT);
    const type = ASSETS.get(file);
    if (type === undefined)
      throw new HiveError('not_found', `The docs have no file ${JSON.stringify(file)}.`);
    return reply.header('content-type', type).send(createReadStream(join(assetFolder(), file)));
  });
}

/** Swagger UI comes as an installed package beside us; its files are read when somebody opens the page. */
function assetFolder(): string {
  try {
    const require = requireFrom(import.meta.url);
    return join(dirname(require.resolve('@fastify/swagger-ui/package.json')), 'static');
  } catch (error) {
    throw new HiveError('not_found', 'The package @fastify/swagger-ui is not installed.', {
      hint: 'read /openapi.json, or install Hive with its dependencies',
      cause: error,
    });
  }
}
