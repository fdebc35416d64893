import { z } from 'zod';
import { CheckpointManifest } from '../../protocol/attempt.ts';
import { ArtifactName } from '../../protocol/job.ts';
import { AttemptHeaders, AttemptParams, refOf } from '../attempt-params.ts';
import { openBody } from '../body.ts';
import { contentHeaders } from '../content.ts';
import type { App, Context } from '../context.ts';
import { BODY_ERRORS, Bytes, binary, operation } from '../operation.ts';

const tag = 'attempts';
const SeqParams = AttemptParams.extend({ seq: z.coerce.number().int().min(1) });
const FileParams = SeqParams.extend({ '*': ArtifactName });
const ResumeParams = AttemptParams.extend({ '*': ArtifactName });
const Facts = z.object({ size: z.number().int(), sha256: z.string() });

/** Stages a file; to be registered where bodies are not parsed. */
export function checkpointFileRoute(app: App, { orchestrator, limits }: Context): void {
  const schema = {
    params: FileParams,
    headers: AttemptHeaders,
    ...operation({
      id: 'stageCheckpoint',
      tag,
      summary: 'Stage a file of a checkpoint',
      description: 'Nobody goes on from it before its manifest is committed.',
      body: { 'application/octet-stream': Bytes },
      answers: { 200: Facts },
      errors: ['lease_lost', 'job_not_found', 'payload_too_large', 'unsupported_media_type'],
    }),
  };
  app.put('/attempts/:job_id/:epoch/checkpoints/:seq/files/*', { schema }, (request) => {
    const { params, headers } = request;
    const body = openBody(request, limits.artifactBytes);
    return orchestrator.stageCheckpoint(refOf(params, headers), params.seq, params['*'], body);
  });
}

export function checkpointRoutes(app: App, { orchestrator }: Context): void {
  const commit = {
    params: SeqParams,
    headers: AttemptHeaders,
    body: CheckpointManifest,
    ...operation({
      id: 'commitCheckpoint',
      tag,
      summary: 'Commit a checkpoint by its manifest',
      description: 'The next attempt of the job goes on from it; the one before is dropped.',
      answers: { 204: z.undefined().describe('Committed') },
      errors: [...BODY_ERRORS, 'lease_lost', 'job_not_found', 'artifact_missing'],
    }),
  };
  app.put('/attempts/:job_id/:epoch/checkpoints/:seq', { schema: commit }, async (request, reply) => {
    const { params, headers, body } = request;
    await orchestrator.commitCheckpoint(refOf(params, headers), params.seq, body);
    return reply.code(204).send();
  });
  const resume = {
    params: ResumeParams,
    headers: AttemptHeaders,
    ...operation({
      id: 'readResume',
      tag,
      summary: 'Read a file of the checkpoint that an attempt goes on from',
      answers: { 200: binary('The file') },
      errors: ['lease_lost', 'job_not_found', 'not_found'],
    }),
  };
  const path = '/attempts/:job_id/:epoch/resume/*';
  app.get(path, { schema: resume, exposeHeadRoute: false }, async (request, reply) => {
    const { params, headers } = request;
    const content = await orchestrator.openResume(refOf(params, headers), params['*']);
    return reply.headers(contentHeaders(content)).send(content.body);
  });
}
