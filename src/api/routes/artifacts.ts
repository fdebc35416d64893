import { z } from 'zod';
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
  const named = {
    params: NamedParams,
    ...operation({
      id: 'downloadJobArtifact',
      tag,
      summary: 'Download an artifact by its name',
      answers: ANSWERS,
      errors: ['job_not_found', 'artifact_not_found', 'range_not_satisfiable'],
    }),
  };
  app.route({
    method: ['GET', 'HEAD'],
    url: '/jobs/:id/artifacts/*',
    schema: named,
    handler: (request, reply) => {
      const key = { job: request.params.id, name: request.params['*'] };
      return answerContent(request, reply, (range) =>
        orchestrator.openArtifact(key, callerOf(request), range),
      );
    },
  });
}

function byIdRoute(app: App, { orchestrator }: Context): void {
  const byId = {
    params: ArtifactParams,
    ...operation({
      id: 'downloadArtifact',
      tag,
      summary: 'Download an artifact',
      description: 'Ranges, ETag (the SHA-256), If-None-Match and If-Range are honoured.',
      answers: ANSWERS,
      errors: ['artifact_not_found', 'range_not_satisfiable'],
    }),
  };
  app.route({
    method: ['GET', 'HEAD'],
    url: '/artifacts/:id',
    schema: byId,
    handler: (request, reply) =>
      answerContent(request, reply, (range) =>
        orchestrator.openArtifact(request.params.id, callerOf(request), range),
      ),
  });
}
