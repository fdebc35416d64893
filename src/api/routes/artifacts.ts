import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ErrorCode } from '../../protocol/errors.ts';
import { ArtifactId } from '../../protocol/ids.ts';
import { Artifact, ArtifactName } from '../../protocol/job.ts';
import { callerOf } from '../caller.ts';
import { answerContent } from '../content.ts';
import type { App, Context } from '../context.ts';
import { binary, operation } from '../operation.ts';
import { JobParams, listOfData } from '../schemas.ts';

const tag = 'artifacts';
const ArtifactParams = z.object({ id: ArtifactId });
const NamedParams = JobParams.extend({ '*': ArtifactName });
const ANSWERS = {
  200: binary('The whole file'),
  206: binary('The range asked for'),
  304: z.undefined().describe('Not changed'),
};

export function artifactRoutes(app: App, context: Context): void {
  listRoute(app, context);
  namedRoute(app, context);
  byIdRoute(app, context);
}

function listRoute(app: App, { orchestrator }: Context): void {
  const list = {
    params: JobParams,
    ...operation({
      id: 'listJobArtifacts',
      tag,
      summary: 'List what a job left',
      answers: { 200: listOfData(Artifact) },
      errors: ['job_not_found'],
    }),
  };
  app.get('/jobs/:id/artifacts', { schema: list }, async (request) => ({
    data: await orchestrator.listArtifacts(request.params.id, callerOf(request)),
  }));
}

function namedRoute(app: App, { orchestrator }: Context): void {
  const handler = (request: FileRequest, reply: FastifyReply) => {
    const { id: job, '*': name } = NamedParams.parse(request.params);
    return answerContent(request, reply, (range) =>
      orchestrator.openArtifact({ job, name }, callerOf(request), range),
    );
  };
  fileRoutes(app, '/jobs/:id/artifacts/*', handler, {
    params: NamedParams,
    ids: ['downloadJobArtifact', 'checkJobArtifact'],
    summary: 'an artifact by its name',
    errors: ['job_not_found', 'artifact_not_found'],
  });
}

function byIdRoute(app: App, { orchestrator }: Context): void {
  const handler = (request: FileRequest, reply: FastifyReply) => {
    const { id } = ArtifactParams.parse(request.params);
    return answerContent(request, reply, (range) => orchestrator.openArtifact(id, callerOf(request), range));
  };
  fileRoutes(app, '/artifacts/:id', handler, {
    params: ArtifactParams,
    ids: ['downloadArtifact', 'checkArtifact'],
    summary: 'an artifact',
    errors: ['artifact_not_found'],
  });
}

type FileRequest = FastifyRequest;
interface FileRoute {
  readonly params: z.ZodType;
  /** operation ids of GET and HEAD */
  readonly ids: readonly [string, string];
  readonly summary: string;
  readonly errors: readonly ErrorCode[];
}

function fileRoutes(
  app: App,
  url: string,
  handler: (request: FileRequest, reply: FastifyReply) => Promise<unknown>,
  { params, ids, summary, errors }: FileRoute,
): void {
  for (const [i, method] of (['GET', 'HEAD'] as const).entries()) {
    const schema = {
      params,
      ...operation({
        id: ids[i] ?? url,
        tag,
        summary: `${method === 'GET' ? 'Download' : 'Read the size and hash of'} ${summary}`,
        description: 'Ranges, ETag (the SHA-256), If-None-Match and If-Range are honoured.',
        answers: ANSWERS,
        errors: [...errors, 'range_not_satisfiable'],
      }),
    };
    app.route({ method, url, schema, exposeHeadRoute: false, handler });
  }
}
