import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Log } from '../orchestrator/deps.ts';
import type { Orchestrator } from '../orchestrator/orchestrator.ts';
import { HiveError } from '../protocol/errors.ts';
import type { App, Context } from './context.ts';
import { answerBrokenHttp, answerError } from './errors.ts';
import { acceptJson } from './json-body.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { refuseStrangers } from './loopback.ts';
import { OpenAnswers } from './open-answers.ts';
import { makeRequestId } from './request-id.ts';
import { artifactRoutes } from './routes/artifacts.ts';
import { attemptRoutes } from './routes/attempts.ts';
import { docsRoutes } from './routes/docs.ts';
import { eventRoutes } from './routes/events.ts';
import { groupRoutes } from './routes/groups.ts';
import { healthRoutes } from './routes/health.ts';
import { jobBatchRoute } from './routes/job-batch.ts';
import { jobStreamRoutes } from './routes/job-streams.ts';
import { jobRoutes } from './routes/jobs.ts';
import { moduleRoutes } from './routes/modules.ts';
import { quotaRoutes } from './routes/quotas.ts';
import { rootRoute } from './routes/root.ts';
import { statsRoutes } from './routes/stats.ts';
import { uploadRoutes } from './routes/uploads.ts';
import { acceptSockets, workerChannelRoute, workerRoutes } from './routes/workers.ts';
import { refuseUnknownRoutes } from './unknown-route.ts';
import { serializerCompiler, validatorCompiler } from './validation.ts';

export interface AppOptions {
  readonly orchestrator: Orchestrator;
  readonly version: string;
  readonly log?: Log | undefined;
  readonly limits?: Partial<Limits> | undefined;
}

type Compilers = NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>;
/** Given at once, or fastify loads compilers of its own, which cost a tenth of the start. */
const COMPILERS = {
  buildValidator: () => validatorCompiler,
  buildSerializer: () => serializerCompiler,
} as unknown as Compilers;
const SILENT: Log = { info() {}, warn() {}, error() {} };

/** The HTTP face of an orchestrator; nothing listens yet. */
export function buildApp({ orchestrator, version, log = SILENT, limits }: AppOptions): FastifyInstance {
  const context: Context = {
    orchestrator,
    version,
    log,
    limits: { ...DEFAULT_LIMITS, ...limits },
    answers: new OpenAnswers(),
    describe: async () => {
      const { makeOpenApi } = await import('./openapi.ts');
      return makeOpenApi(version, (scope) => routes(scope, context));
    },
  };
  const app = Fastify({
    genReqId: makeRequestId,
    bodyLimit: context.limits.jsonBytes,
    routerOptions: { maxParamLength: 256 },
    // A stopping server refuses with a problem of its own, and cuts what is left when the grace is over.
    return503OnClosing: false,
    forceCloseConnections: true,
    clientErrorHandler: answerBrokenHttp,
    schemaController: { compilersFactory: COMPILERS },
    frameworkErrors: (error, request, reply) => answerError(log, error, request, reply),
  }).withTypeProvider<ZodTypeProvider>();
  app.setErrorHandler((error, request, reply) => answerError(log, error, request, reply));
  guard(app, context);
  acceptJson(app, context.limits.jsonBytes);
  acceptSockets(app, context);
  app.register(async (scope) => routes(scope, context));
  return app as unknown as FastifyInstance;
}

/** What every request meets first. */
function guard(app: App, { answers, limits }: Context): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    // A socket that asked for an upgrade has left Node's HTTP server: after a refusal nobody else would close it.
    if (request.headers.upgrade === undefined) answers.track(reply.raw);
    else reply.header('connection', 'close').raw.once('finish', () => request.raw.socket.destroySoon());
    if (answers.closing) {
      throw new HiveError('shutting_down', 'The server is stopping.', { retryAfterSeconds: 2 });
    }
    refuseStrangers(request);
  });
  refuseUnknownRoutes(app);
  app.addHook('preClose', () => answers.close(limits.closeGraceMs));
}

/** Every route; the API description registers them a second time, on a server that never listens. */
function routes(app: App, context: Context): void {
  rootRoute(app, context);
  healthRoutes(app, context);
  docsRoutes(app, context);
  app.register(
    async (v1) => {
      jobRoutes(v1, context);
      jobBatchRoute(v1, context);
      jobStreamRoutes(v1, context);
      artifactRoutes(v1, context);
      uploadRoutes(v1, context);
      moduleRoutes(v1, context);
      workerRoutes(v1, context);
      quotaRoutes(v1, context);
      groupRoutes(v1, context);
      workerChannelRoute(v1, context);
      attemptRoutes(v1, context);
      eventRoutes(v1, context);
      statsRoutes(v1, context);
    },
    { prefix: '/v1' },
  );
}
