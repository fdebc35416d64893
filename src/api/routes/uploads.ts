import { z } from 'zod';
import { UploadId } from '../../protocol/ids.ts';
import { Upload } from '../../protocol/records.ts';
import { declaredSize, openBody } from '../body.ts';
import { callerOf } from '../caller.ts';
import type { App, Context } from '../context.ts';
import { readForm } from '../form.ts';
import { readDigest } from '../headers.ts';
import { Bytes, operation } from '../operation.ts';

const tag = 'uploads';
const UploadParams = z.object({ id: UploadId });
const FileName = z
  .string()
  .max(255)
  .regex(/^[^\p{Cc}]+$/u, 'must have no control characters');
const UploadQuery = z.strictObject({
  name: FileName.optional().describe('file name; that of the form part, else "upload", when left out'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional()
    .describe('refused when the content has another hash'),
});

export function uploadRoutes(app: App, context: Context): void {
  app.register(async (raw) => {
    raw.removeAllContentTypeParsers();
    raw.addContentTypeParser('*', (_request, _payload, done) => done(null));
    createRoute(raw, context);
  });
  readRoutes(app, context);
}

function createRoute(app: App, { orchestrator, limits }: Context): void {
  const schema = {
    querystring: UploadQuery,
    ...operation({
      id: 'createUpload',
      tag,
      summary: 'Upload a file',
      description:
        'The file as the body, or one file in a form. Checked against Content-Length, sha256 and Content-Digest; ' +
        'kept whole or not at all.',
      body: {
        'application/octet-stream': Bytes,
        'multipart/form-data': z.object({ file: Bytes }),
      },
      answers: { 201: Upload },
      errors: ['payload_too_large', 'content_mismatch', 'unsupported_media_type'],
    }),
  };
  app.post('/uploads', { schema }, async (request, reply) => {
    const { headers, query } = request;
    const type = headers['content-type'] ?? 'application/octet-stream';
    const sha256 = readDigest(headers['content-digest'], query.sha256);
    const body = openBody(request, limits.uploadBytes);
    const file = /^multipart\/form-data\b/i.test(type)
      ? await readForm(body, type)
      : { body, name: undefined, content_type: type, size: declaredSize(request) };
    const expect = {
      ...(file.size !== undefined && { size: file.size }),
      ...(sha256 !== undefined && { sha256 }),
    };
    const facts = { name: query.name ?? file.name ?? 'upload', content_type: file.content_type, expect };
    const upload = await orchestrator.createUpload(file.body, facts, callerOf(request));
    return reply.code(201).header('location', `/v1/uploads/${upload.id}`).send(upload);
  });
}

function readRoutes(app: App, { orchestrator }: Context): void {
  const one = {
    params: UploadParams,
    ...operation({
      id: 'getUpload',
      tag,
      summary: 'Read what is known of an upload',
      answers: { 200: Upload },
      errors: ['upload_not_found'],
    }),
  };
  app.get('/uploads/:id', { schema: one }, (request) =>
    orchestrator.getUpload(request.params.id, callerOf(request)),
  );
  const remove = {
    params: UploadParams,
    ...operation({
      id: 'removeUpload',
      tag,
      summary: 'Remove an upload',
      answers: { 204: z.undefined().describe('Removed') },
      errors: ['upload_not_found'],
    }),
  };
  app.delete('/uploads/:id', { schema: remove }, async (request, reply) => {
    await orchestrator.removeUpload(request.params.id, callerOf(request));
    return reply.code(204).send();
  });
}
