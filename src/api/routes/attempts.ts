import { z } from 'zod';
import { HiveError } from '../../protocol/errors.ts';
import { ArtifactName } from '../../protocol/job.ts';
import { AttemptHeaders, AttemptParams, refOf } from '../attempt-params.ts';
import { openBody } from '../body.ts';
import { contentHeaders } from '../content.ts';
import type { App, Context } from '../context.ts';
import { readDigest } from '../headers.ts';
import { Bytes, binary, operation } from '../operation.ts';
import { checkpointFileRoute, checkpointRoutes } from './checkpoints.ts';

const tag = 'attempts';
const FileParams = AttemptParams.extend({ '*': ArtifactName });
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const Facts = z.object({ size: z.number().int(), sha256: z.string() });

/** What a worker writes and reads over HTTP, fenced by its attempt (C2). */
export function attemptRoutes(app: App, context: Context): void {
  app.register(async (raw) => {
    raw.removeAllContentTypeParsers();
    raw.addContentTypeParser('*', (_request, _payload, done) => done(null));
    artifactRoute(raw, context);
    inputRoute(raw, context);
    checkpointFileRoute(raw, context);
  });
  app.register(async (raw) => {
    raw.removeAllContentTypeParsers();
    const options = { parseAs: 'buffer', bodyLimit: context.limits.logChunkBytes } as const;
    raw.addContentTypeParser<Buffer>('*', options, (_request, body, done) => done(null, body));
    logRoute(raw, context);
  });
  checkpointRoutes(app, context);
}

function artifactRoute(app: App, { orchestrator, limits }: Context): void {
  const schema = {
    params: FileParams,
    headers: AttemptHeaders,
    querystring: z.strictObject({ sha256: Sha256.optional() }),
    ...operation({
      id: 'stageArtifact',
      tag,
      summary: 'Stage a file of an attempt',
      description: 'Visible once the outcome names it in its manifest.',
      body: { 'application/octet-stream': Bytes },
      answers: { 200: Facts },
      errors: [
        'lease_lost',
        'job_not_found',
        'payload_too_large',
        'content_mismatch',
        'unsupported_media_type',
      ],
    }),
  };
  app.put('/attempts/:job_id/:epoch/artifacts/*', { schema }, async (request) => {
    const { params, headers, query } = request;
    const expected = readDigest(headers['content-digest'] as string | undefined, query.sha256);
    const body = openBody(request, limits.artifactBytes);
    const facts = await orchestrator.stageArtifact(refOf(params, headers), params['*'], body);
    if (expected !== undefined && expected !== facts.sha256) {
      throw new HiveError(
        'content_mismatch',
        `The content has the SHA-256 ${facts.sha256}, not ${expected}.`,
      );
    }
    return facts;
  });
}

function inputRoute(app: App, { orchestrator }: Context): void {
  const schema = {
    params: FileParams,
    headers: AttemptHeaders,
    ...operation({
      id: 'readInput',
      tag,
      summary: 'Read an input file of an attempt',
      answers: { 200: binary('The file') },
      errors: ['lease_lost', 'job_not_found', 'artifact_not_found'],
    }),
  };
  app.get('/attempts/:job_id/:epoch/inputs/*', { schema, exposeHeadRoute: false }, async (request, reply) => {
    const { params, headers } = request;
    const content = await orchestrator.openInput(refOf(params, headers), params['*']);
    return reply.headers(contentHeaders(content)).send(content.body);
  });
}

function logRoute(app: App, { orchestrator }: Context): void {
  const schema = {
    params: AttemptParams,
    headers: AttemptHeaders,
    querystring: z.strictObject({
      offset: z.coerce.number().int().min(0).describe('length of the log before this chunk'),
    }),
    ...operation({
      id: 'appendLog',
      tag,
      summary: 'Append to the log of an attempt',
      body: { 'application/octet-stream': Bytes },
      answers: { 200: z.object({ length: z.number().int() }) },
      errors: ['lease_lost', 'job_not_found', 'offset_conflict', 'payload_too_large'],
    }),
  };
  app.post('/attempts/:job_id/:epoch/log', { schema }, (request) => {
    const chunk = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    return orchestrator.appendLog(refOf(request.params, request.headers), request.query.offset, chunk);
  });
}
