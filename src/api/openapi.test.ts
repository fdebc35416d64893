import fc from 'fast-check';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ERRORS } from '../protocol/errors.ts';
import { buildApp } from './app.ts';
import { FakeOrchestrator } from './orchestrator.fixture.ts';

interface Content {
  content?: Record<string, { schema?: unknown }>;
  description?: string;
}
interface Operation {
  operationId?: string;
  summary?: string;
  tags?: string[];
  parameters?: { name: string; in: string; required?: boolean }[];
  requestBody?: Content;
  responses: Record<string, Content>;
}
interface Document {
  openapi: string;
  info: { title: string; version: string };
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown> };
}

let fake: FakeOrchestrator;
let app: FastifyInstance;
beforeEach(() => {
  fake = new FakeOrchestrator();
  app = buildApp({ orchestrator: fake, version: '1.2.3', limits: { waitSeconds: 0 } });
});
afterEach(() => app.close());

const describeApi = async (): Promise<Document> => (await app.inject('/openapi.json')).json();
const operationsOf = (document: Document) =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

describe('the API description', () => {
  test('is OpenAPI 3.1 and names every operation with its summary, tag and refusals', async () => {
    const document = await describeApi();
    expect(document.openapi).toBe('3.1.0');
    expect(document.info).toMatchObject({ title: 'Hive', version: '1.2.3' });
    const operations = operationsOf(document);
    expect(operations.length).toBeGreaterThan(35);
    const tags = document.tags.map(({ name }) => name);
    for (const { path, method, operation } of operations) {
      const at = `${method} ${path}`;
      expect(operation.operationId, at).toMatch(/^[a-z][A-Za-z]+$/);
      expect(operation.summary, at).toMatch(/^[A-Z].{5,}/);
      expect(tags, at).toContain(operation.tags?.[0]);
      const refusals = Object.entries(operation.responses).filter(([status]) => Number(status) >= 400);
      expect(
        refusals.map(([status]) => status),
        at,
      ).toEqual(expect.arrayContaining(['400', '403', '500', '503']));
      for (const [status, refusal] of refusals) {
        if (path === '/readyz' && status === '503') continue;
        expect(Object.keys(refusal.content ?? {}), `${at} ${status}`).toEqual(['application/problem+json']);
        for (const [code] of (refusal.description ?? '').matchAll(/\b[a-z]+(?:_[a-z]+)*(?=:)/g)) {
          expect(ERRORS[code as keyof typeof ERRORS].status, `${at} ${code}`).toBe(Number(status));
        }
      }
      const inPath = [...path.matchAll(/\{(.+?)\}/g)].map(([, name]) => name);
      const declared = operation.parameters?.filter((parameter) => parameter.in === 'path') ?? [];
      expect(declared.map(({ name }) => name).sort(), at).toEqual(inPath.sort());
    }
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('has no reference that points nowhere, and none unused', async () => {
    const document = await describeApi();
    const names = new Set(
      [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name),
    );
    expect([...names].sort()).toEqual(Object.keys(document.components.schemas).sort());
    expect(JSON.stringify(document)).not.toContain('PLACEHOLDER');
  });

  test('describes bodies and streams', async () => {
    const { paths, components } = await describeApi();
    expect(paths['/v1/jobs']?.post?.requestBody?.content?.['application/json']?.schema).toEqual({
      $ref: '#/components/schemas/JobSubmitInput',
    });
    expect(components.schemas.JobSubmitInput).toMatchObject({ required: ['module'] });
    expect(Object.keys(paths['/v1/uploads']?.post?.requestBody?.content ?? {})).toEqual([
      'application/octet-stream',
      'multipart/form-data',
    ]);
    expect(Object.keys(paths['/v1/events']?.get?.responses['200']?.content ?? {})).toEqual([
      'text/event-stream',
    ]);
  });

  test('covers every route of the server', async () => {
    const described = operationsOf(await describeApi()).map(({ path, method }) => `${method} ${path}`);
    const routes = app.printRoutes({ commonPrefix: false });
    expect(routes).not.toContain('undefined');
    for (const known of [
      'post /v1/jobs/batch',
      'get /v1/workers/connect',
      'get /v1/jobs/{id}/artifacts/{name}',
    ]) {
      expect(described).toContain(known);
    }
  });
});

describe('the docs', () => {
  test('are served without asking anybody else', async () => {
    const page = await app.inject('/docs');
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    const used = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url ?? '');
    expect(used.length).toBeGreaterThan(3);
    for (const url of used) {
      expect(url.startsWith('/docs/')).toBe(true);
      expect((await app.inject(url)).statusCode, url).toBe(200);
    }
    expect((await app.inject('/docs/..%2f..%2fpackage.json')).statusCode).toBe(404);
    expect((await app.inject('/docs/index.html')).statusCode).toBe(404);
  });

  test('explain every error at the address that problems point to', async () => {
    const { body } = await app.inject('/docs/problems');
    for (const code of Object.keys(ERRORS)) expect(body).toContain(`id="${code}"`);
  });
});

describe('whatever is sent', () => {
  const NONCE = '0'.repeat(32);
  /** Path and query values: ids that are real, ids that are not, and noise. */
  const word = (real: readonly string[]) =>
    fc.oneof(
      fc.constantFrom(...real),
      fc.constantFrom(
        '',
        '0',
        '-1',
        '1e9',
        'NaN',
        '..',
        '%00',
        '%2f',
        'a,b',
        'true',
        'null',
        '[]',
        '__proto__',
      ),
      fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => encodeURIComponent(text)),
    );
  const json = fc.oneof(
    fc.jsonValue(),
    fc.record(
      {
        module: fc.oneof(fc.constant('demo.cube'), fc.jsonValue()),
        input: fc.jsonValue(),
        labels: fc.jsonValue(),
        priority: fc.oneof(fc.integer(), fc.constantFrom('high', 'low')),
        requirements: fc.jsonValue(),
        retry: fc.jsonValue(),
        run_at: fc.oneof(
          fc.string(),
          fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
        ),
        jobs: fc.array(fc.jsonValue(), { maxLength: 4 }),
        state: fc.constantFrom('draining', 'online', 'nope'),
      },
      { requiredKeys: [] },
    ),
  );
  const body = fc.oneof(
    json.map((value) => ({ text: JSON.stringify(value), type: 'application/json' })),
    fc.record({
      text: fc.string(),
      type: fc.constantFrom(
        'application/json',
        'text/plain',
        'multipart/form-data; boundary=B',
        'multipart/form-data',
        'x',
        '',
      ),
    }),
  );
  const headers = fc.record(
    {
      range: fc.oneof(fc.constantFrom('bytes=0-', 'bytes=-1', 'bytes=9-1', 'bytes=99999-'), fc.string()),
      prefer: fc.constantFrom('wait=0', 'wait=99999999999', 'wait=x', ''),
      'idempotency-key': fc.oneof(fc.constant('k'), fc.string()),
      'if-none-match': fc.oneof(fc.constant('*'), fc.string()),
      'last-event-id': fc.oneof(fc.constant('0'), fc.string()),
      'hive-nonce': fc.oneof(fc.constant(NONCE), fc.string()),
      'content-digest': fc.string(),
      traceparent: fc.string(),
      accept: fc.string(),
    },
    { requiredKeys: [] },
  );
  const printable = (values: Record<string, string>) =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, value.replace(/[^\x20-\x7e]/g, '')]),
    );

  test('is never answered with 5xx, and refused with a problem', async () => {
    const job = fake.add({ module: 'demo.cube' }, { state: 'succeeded' });
    const artifact = fake.addFile(job, 'a.bin', Buffer.from('0123456789'));
    const worker = fake.addWorker();
    fake.log = Buffer.from('log');
    const real = [job.id, artifact.id, worker.id, 'demo.cube', 'a.bin', '1', '0', 'queued'];
    const operations = operationsOf(await describeApi()).filter(
      // Streams without end, and the path that is a WebSocket.
      ({ operation }) => !['followEvents', 'connectWorker'].includes(operation.operationId ?? ''),
    );
    const methods = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS');
    const request = fc.record({
      operation: fc.constantFrom(...operations),
      method: fc.option(methods, { freq: 8 }),
      parts: fc.array(word(real), { minLength: 4, maxLength: 4 }),
      query: fc.array(fc.tuple(fc.nat(20), word(real)), { maxLength: 3 }),
      body,
      headers,
    });
    await fc.assert(
      fc.asyncProperty(request, async ({ operation: { path, method, operation }, ...rest }) => {
        let part = 0;
        const filled = path.replace(/\{.+?\}/g, () => rest.parts[part++] ?? '');
        const names =
          operation.parameters?.filter(({ in: where }) => where === 'query').map(({ name }) => name) ?? [];
        const query = rest.query
          .map(([i, value]) => `${names[i] ?? 'other'}=${value}`)
          .filter((pair) => !/^(?:wait|follow)=/.test(pair));
        const verb = (rest.method ?? method).toUpperCase();
        const hasBody = !['GET', 'HEAD', 'OPTIONS'].includes(verb);
        const options: InjectOptions = {
          method: verb as 'GET',
          url: `${filled}${query.length > 0 ? `?${query.join('&')}` : ''}`,
          headers: { ...printable(rest.headers), ...(hasBody && { 'content-type': rest.body.type }) },
          ...(hasBody && { payload: rest.body.text }),
        };
        // `..` in a path can lead to the stream that never ends.
        fc.pre(!/^\/v1\/events\/?$/.test(new URL(filled, 'http://localhost').pathname));
        const reply = await app.inject(options);
        expect(reply.statusCode, JSON.stringify(options)).toBeLessThan(500);
        expect(reply.headers['x-request-id']).toBeDefined();
        if (reply.statusCode >= 400 && verb !== 'HEAD') {
          expect(reply.headers['content-type'], JSON.stringify(options)).toMatch(
            /^application\/problem\+json/,
          );
          const problem = reply.json();
          expect(problem.code in ERRORS).toBe(true);
          expect(problem.detail.length).toBeGreaterThan(5);
        }
      }),
      { numRuns: 1500, timeout: 4000, endOnFailure: true },
    );
  });
});
