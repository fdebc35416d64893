import type { FastifyInstance, InjectOptions } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ERRORS, HiveError } from '../protocol/errors.ts';
import { Problem } from '../protocol/problem.ts';
import { buildApp } from './app.ts';
import { FakeOrchestrator } from './orchestrator.fixture.ts';

let fake: FakeOrchestrator;
let app: FastifyInstance;
let logged: object[];

beforeEach(() => {
  fake = new FakeOrchestrator();
  logged = [];
  const log = { info() {}, warn() {}, error: (fields: object) => void logged.push(fields) };
  app = buildApp({
    orchestrator: fake,
    version: '1.2.3',
    log,
    limits: { waitSeconds: 1, uploadBytes: 1000 },
  });
});
afterEach(() => app.close());

const call = (options: InjectOptions) => app.inject(options);
const get = (url: string, headers: Record<string, string> = {}) => call({ url, headers });
const post = (url: string, payload: object = {}, headers: Record<string, string> = {}) =>
  call({ method: 'POST', url, payload, headers });

/** Asserts a well-formed problem and answers it. */
function problemOf(reply: { statusCode: number; headers: Record<string, unknown>; body: string }): Problem {
  expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
  const problem = Problem.parse(JSON.parse(reply.body));
  expect(problem.status).toBe(reply.statusCode);
  expect(problem.code in ERRORS).toBe(true);
  expect(problem.trace_id).toBe(reply.headers['x-request-id']);
  return problem;
}

const CUBE = { module: 'demo.cube', input: { size: 1 } };
const NOBODY = 'job_01k00000000000000000000000';

describe('jobs', () => {
  test('a submit answers 201 with the whole job and its place', async () => {
    const reply = await post('/v1/jobs', { ...CUBE, priority: 'high', labels: { a: 'b' } });
    expect(reply.statusCode).toBe(201);
    expect(reply.json()).toMatchObject({
      module: 'demo.cube',
      priority: 50,
      labels: { a: 'b' },
      state: 'queued',
    });
    expect(reply.headers.location).toBe(`/v1/jobs/${reply.json().id}`);
    expect((await get(String(reply.headers.location))).json()).toEqual(reply.json());
  });

  test('the same idempotency key answers with the same job and says so', async () => {
    const first = await post('/v1/jobs', CUBE, { 'idempotency-key': 'k1' });
    const again = await post('/v1/jobs', CUBE, { 'idempotency-key': 'k1' });
    expect(again.statusCode).toBe(200);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(again.json().id).toBe(first.json().id);
    const bad = await post('/v1/jobs', CUBE, { 'idempotency-key': 'with space' });
    expect(problemOf(bad)).toMatchObject({
      code: 'invalid_request',
      errors: [{ pointer: 'idempotency-key' }],
    });
  });

  test('Prefer: wait holds the answer until the job ends, or the time is up', async () => {
    const waiting = post('/v1/jobs', CUBE, { prefer: 'respond-async, wait=500' });
    await expect.poll(() => fake.jobs.size).toBe(1);
    fake.move([...fake.jobs.keys()][0] ?? '', { state: 'succeeded' });
    const reply = await waiting;
    expect(reply.statusCode).toBe(201);
    expect(reply.headers['preference-applied']).toBe('wait=1');
    expect(reply.json().state).toBe('succeeded');
    const late = await post('/v1/jobs', CUBE, { prefer: 'wait=1' });
    expect(late.json().state).toBe('queued');
    const started = Date.now();
    const read = await get(`/v1/jobs/${late.json().id}?wait=1`);
    expect(Date.now() - started).toBeGreaterThan(900);
    expect(read.json().state).toBe('queued');
  });

  test('what is wrong with a body is named by pointers', async () => {
    const reply = await post('/v1/jobs', {
      module: 7,
      labels: { 'bad key!': 'x' },
      retry: { user: -1 },
      nope: 1,
    });
    const problem = problemOf(reply);
    expect(problem).toMatchObject({ status: 400, code: 'invalid_request', instance: '/v1/jobs' });
    const pointers = problem.errors?.map((error) => error.pointer);
    expect(pointers).toEqual(expect.arrayContaining(['/module', '/labels/bad key!', '/retry/user', '/nope']));
  });

  test('a refusal of the orchestrator is its problem', async () => {
    expect(problemOf(await post('/v1/jobs', { module: 'nope' }))).toMatchObject({
      status: 422,
      code: 'unknown_module',
    });
    fake.failure = new HiveError('queue_full', 'Full.', { retryAfterSeconds: 7, hint: 'wait' });
    const full = await post('/v1/jobs', CUBE);
    expect(problemOf(full)).toMatchObject({ status: 429, code: 'queue_full', hint: 'wait' });
    expect(full.headers['retry-after']).toBe('7');
  });

  test('a batch accepts and refuses its items one by one, in order', async () => {
    const jobs = [
      CUBE,
      { module: 'nope' },
      { module: 'demo.cube', priority: 1000 },
      'not even an object',
      CUBE,
    ];
    const reply = await post('/v1/jobs/batch', { jobs });
    expect(reply.statusCode).toBe(200);
    const { results } = reply.json();
    expect(results.map((result: { status: number }) => result.status)).toEqual([201, 422, 400, 400, 201]);
    expect(results[2].error.errors[0].pointer).toBe('/jobs/2/priority');
    expect(results[3].error.errors[0].pointer).toBe('/jobs/3');
    expect(results[0].job.id).not.toBe(results[4].job.id);
    expect(fake.jobs.size).toBe(2);
    for (const empty of [{}, { jobs: [] }, { jobs: Array.from({ length: 1001 }, () => CUBE) }]) {
      expect((await post('/v1/jobs/batch', empty)).statusCode).toBe(400);
    }
  });

  test('a batch may be larger than one job', async () => {
    const input = { text: 'x'.repeat(3000) };
    const jobs = Array.from({ length: 1000 }, () => ({ module: 'demo.cube', input }));
    expect((await post('/v1/jobs/batch', { jobs })).statusCode).toBe(200);
    const one = await post('/v1/jobs', { module: 'demo.cube', input: { text: 'x'.repeat(1 << 20) } });
    expect(problemOf(one)).toMatchObject({ status: 413, code: 'payload_too_large' });
  });

  test('lists are filtered and paged, with a link to the next page', async () => {
    for (let i = 0; i < 5; i += 1) fake.add({ ...CUBE, labels: { n: String(i % 2), t: 'a,b=c' } });
    const first = await get('/v1/jobs?limit=2&state=queued&state=running,failed');
    expect(first.json()).toMatchObject({ has_more: true, next_cursor: '2' });
    expect(first.json().data).toHaveLength(2);
    const link = /^<(.+)>; rel="next"$/.exec(String(first.headers.link))?.[1] ?? '';
    expect(link).toContain('state=running%2Cfailed');
    expect((await get(link)).json().data).toHaveLength(2);
    expect((await get('/v1/jobs?label=n=1&label=t=a,b=c')).json().data).toHaveLength(2);
    expect((await get('/v1/jobs?state=failed')).json()).toEqual({
      data: [],
      next_cursor: null,
      has_more: false,
    });
    for (const [url, pointer] of [
      ['limit=0', 'limit'],
      ['limit=201', 'limit'],
      ['state=nope', 'state'],
      ['label=nope', 'label'],
      ['worker=nope', 'worker'],
      ['stat=queued', 'stat'],
    ] as const) {
      expect(problemOf(await get(`/v1/jobs?${url}`)).errors?.[0]?.pointer).toBe(pointer);
    }
    const byName = problemOf(await get('/v1/jobs?worker=vm'));
    expect([byName.code, byName.detail]).toEqual(['invalid_request', expect.stringContaining('/v1/workers')]);
    expect(problemOf(await get('/v1/jobs?cursor=zzz')).code).toBe('invalid_cursor');
  });

  test('a job that did not change is not sent again', async () => {
    const job = fake.add(CUBE);
    const first = await get(`/v1/jobs/${job.id}`);
    const etag = String(first.headers.etag);
    expect(first.headers['retry-after']).toBe('2');
    const same = await get(`/v1/jobs/${job.id}`, { 'if-none-match': `"x", W/${etag}` });
    expect([same.statusCode, same.body]).toEqual([304, '']);
    fake.move(job.id, { state: 'succeeded' });
    const changed = await get(`/v1/jobs/${job.id}`, { 'if-none-match': etag });
    expect(changed.statusCode).toBe(200);
    expect(changed.headers['retry-after']).toBeUndefined();
  });

  test('cancel, retry, patch, explain and timeline', async () => {
    const job = fake.add(CUBE);
    const at = `/v1/jobs/${job.id}`;
    expect(problemOf(await post(`${at}/retry`)).code).toBe('job_not_terminal');
    const patched = await call({ method: 'PATCH', url: at, payload: { priority: 'low' } });
    expect(patched.json().priority).toBe(-50);
    expect((await call({ method: 'PATCH', url: at, payload: {} })).statusCode).toBe(400);
    expect((await get(`${at}/explain`)).json()).toMatchObject({ job_id: job.id, position: 1 });
    expect((await get(`${at}/timeline`)).json().data).toHaveLength(1);
    const canceled = await call({ method: 'POST', url: `${at}/cancel` });
    expect(canceled.json()).toMatchObject({ result: 'canceled', job: { state: 'canceled' } });
    // An empty body that calls itself JSON is no body.
    const again = await call({
      method: 'POST',
      url: `${at}/cancel`,
      headers: { 'content-type': 'application/json' },
    });
    expect(again.json().result).toBe('already');
    const retried = await post(`${at}/retry`);
    expect([retried.statusCode, retried.json().retry_of]).toEqual([201, job.id]);
    expect(retried.headers.location).toBe(`/v1/jobs/${retried.json().id}`);
  });

  test('a job that has ended is told as a stream that ends', async () => {
    const job = fake.add(CUBE, { state: 'succeeded' });
    const reply = await get(`/v1/jobs/${job.id}/events`);
    expect(reply.statusCode).toBe(200);
    expect(reply.body).toMatch(/^retry: 2000\n\nid: 1\nevent: job\.succeeded\ndata: \{.*\}\n\n$/);
  });

  test('a job that is not there, and an id that is none', async () => {
    for (const part of ['', '/explain', '/timeline', '/artifacts', '/events', '/logs']) {
      expect(problemOf(await get(`/v1/jobs/${NOBODY}${part}`)).code).toBe('job_not_found');
    }
    expect(problemOf(await get('/v1/jobs/nope'))).toMatchObject({ status: 400, errors: [{ pointer: 'id' }] });
  });
});

describe('artifacts', () => {
  const bytes = Buffer.from('0123456789');
  const added = () => {
    const job = fake.add(CUBE);
    return { job, artifact: fake.addFile(job, 'out/Größe "1".glb', bytes, 'model/gltf-binary') };
  };

  test('are downloaded by id and by name, as files and never as pages', async () => {
    const { job, artifact } = added();
    expect((await get(`/v1/jobs/${job.id}/artifacts`)).json().data).toEqual([artifact]);
    const byName = `/v1/jobs/${job.id}/artifacts/${encodeURI('out/Größe "1".glb')}`;
    for (const url of [artifact.url, byName]) {
      const reply = await get(url);
      expect(reply.rawPayload).toEqual(bytes);
      expect(reply.headers).toMatchObject({
        'content-type': 'model/gltf-binary',
        'content-length': '10',
        'content-disposition':
          'attachment; filename="Gr__e _1_.glb"; filename*=UTF-8\'\'Gr%C3%B6%C3%9Fe%20%221%22.glb',
        'x-content-type-options': 'nosniff',
        'accept-ranges': 'bytes',
        etag: `"${artifact.sha256}"`,
      });
      const head = await call({ method: 'HEAD', url });
      expect([head.statusCode, head.headers['content-length'], head.body]).toEqual([200, '10', '']);
    }
    expect(problemOf(await get(`/v1/jobs/${job.id}/artifacts/none`)).code).toBe('artifact_not_found');
    expect((await get(`/v1/jobs/${job.id}/artifacts/a/..%2fb`)).statusCode).toBe(400);
  });

  test('are sent in ranges', async () => {
    const { artifact } = added();
    const ranged = async (range: string, headers: Record<string, string> = {}) => {
      const reply = await get(artifact.url, { range, ...headers });
      return [reply.statusCode, reply.body.slice(0, 10), reply.headers['content-range']];
    };
    expect(await ranged('bytes=2-4')).toEqual([206, '234', 'bytes 2-4/10']);
    expect(await ranged('bytes=7-')).toEqual([206, '789', 'bytes 7-9/10']);
    expect(await ranged('bytes=-3')).toEqual([206, '789', 'bytes 7-9/10']);
    expect(await ranged('bytes=-30')).toEqual([206, '0123456789', 'bytes 0-9/10']);
    expect(await ranged('bytes=8-99')).toEqual([206, '89', 'bytes 8-9/10']);
    for (const whole of ['bytes=4-2', 'bytes=0-1,3-4', 'items=0-1', 'bytes=x', 'bytes=-']) {
      expect(await ranged(whole)).toEqual([200, '0123456789', undefined]);
    }
    for (const outside of ['bytes=10-', 'bytes=-0', 'bytes=99-100']) {
      const reply = await get(artifact.url, { range: outside });
      expect(problemOf(reply).code).toBe('range_not_satisfiable');
      expect(reply.headers['content-range']).toBe('bytes */10');
    }
    expect(await ranged('bytes=0-1', { 'if-range': `"${artifact.sha256}"` })).toEqual([
      206,
      '01',
      'bytes 0-1/10',
    ]);
    expect(await ranged('bytes=0-1', { 'if-range': '"other"' })).toEqual([200, '0123456789', undefined]);
    const same = await get(artifact.url, { 'if-none-match': `"${artifact.sha256}"` });
    expect([same.statusCode, same.body]).toEqual([304, '']);
  });
});

describe('uploads', () => {
  const upload = (payload: string | Buffer, query = 'name=a.txt', headers: Record<string, string> = {}) =>
    call({
      method: 'POST',
      url: `/v1/uploads?${query}`,
      payload,
      headers: { 'content-type': 'application/octet-stream', ...headers },
    });
  const sha = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

  test('take any content type as it is, JSON too', async () => {
    const reply = await upload('{"a":', 'name=x.json', { 'content-type': 'application/json' });
    expect(reply.statusCode).toBe(201);
    expect(reply.json()).toMatchObject({ name: 'x.json', size: 5, content_type: 'application/json' });
    const at = String(reply.headers.location);
    expect((await get(at)).json()).toEqual(reply.json());
    expect((await call({ method: 'DELETE', url: at })).statusCode).toBe(204);
    expect(problemOf(await get(at)).code).toBe('upload_not_found');
    expect((await call({ method: 'POST', url: '/v1/uploads' })).json()).toMatchObject({
      size: 0,
      name: 'upload',
    });
  });

  test('are held to the hash they declare', async () => {
    expect((await upload('abc', `name=a&sha256=${sha}`)).statusCode).toBe(201);
    const digest = `sha-256=:${Buffer.from(sha, 'hex').toString('base64')}:`;
    expect((await upload('abc', 'name=a', { 'content-digest': digest })).statusCode).toBe(201);
    expect(problemOf(await upload('abd', `name=a&sha256=${sha}`)).code).toBe('content_mismatch');
    expect(problemOf(await upload('abd', 'name=a', { 'content-digest': digest })).code).toBe(
      'content_mismatch',
    );
    expect((await upload('abc', 'name=a', { 'content-digest': 'md5=:x:' })).statusCode).toBe(400);
    expect((await upload('abc', 'name=a&sha256=xyz')).statusCode).toBe(400);
    expect(fake.uploads.size).toBe(2);
  });

  test('past the limit are refused, encoded ones too', async () => {
    expect(problemOf(await upload('x'.repeat(1001))).code).toBe('payload_too_large');
    expect((await upload('x'.repeat(1000))).statusCode).toBe(201);
    expect(problemOf(await upload('abc', 'name=a', { 'content-encoding': 'gzip' })).status).toBe(415);
  });

  const form = (...parts: string[]) => ({
    payload: `${parts.map((part) => `--B\r\nContent-Disposition: form-data; ${part}\r\n`).join('')}--B--\r\n`,
    headers: { 'content-type': 'multipart/form-data; boundary=B' },
  });
  const file = (name: string, text: string) =>
    `name="file"; filename="${name}"\r\nContent-Type: text/csv\r\n\r\n${text}`;

  test('take one file of a form', async () => {
    const send = (body: ReturnType<typeof form>, query = '') =>
      call({ method: 'POST', url: `/v1/uploads${query}`, ...body });
    const reply = await send(form('name="note"\r\n\r\nhello', file('data.csv', 'abc')), `?sha256=${sha}`);
    expect(reply.json()).toMatchObject({ name: 'data.csv', size: 3, content_type: 'text/csv' });
    expect((await send(form(file('data.csv', 'abc')), '?name=mine')).json().name).toBe('mine');
    expect(problemOf(await send(form('name="note"\r\n\r\nhello'))).detail).toContain('no file');
    expect(problemOf(await send(form(file('a', 'abc'), file('b', 'abc')))).detail).toContain('more than one');
    const half = form(file('a', 'abc'));
    expect(problemOf(await send({ ...half, payload: half.payload.slice(0, -8) })).status).toBe(400);
    const bare = { ...half, headers: { 'content-type': 'multipart/form-data' } };
    expect(problemOf(await send(bare)).status).toBe(400);
    expect(problemOf(await send(form(file('a', 'x'.repeat(2000))))).status).toBe(413);
    expect(fake.uploads.size).toBe(2);
    await expect.poll(() => fake.pendingUploads).toBe(0);
  });
});

describe('attempts', () => {
  const nonce = '0'.repeat(32);
  const at = `/v1/attempts/${NOBODY}/3`;

  test('stage artifacts under their names', async () => {
    const put = (name: string, headers: Record<string, string> = { 'hive-nonce': nonce }) =>
      call({ method: 'PUT', url: `${at}/artifacts/${name}`, payload: Buffer.from('abc'), headers });
    const reply = await put('a/b%20c.bin');
    expect(reply.json()).toMatchObject({ size: 3 });
    expect(fake.staged[0]).toMatchObject({ name: 'a/b c.bin', attempt: { job_id: NOBODY, epoch: 3, nonce } });
    expect(problemOf(await put('a', {})).errors?.[0]?.pointer).toBe('hive-nonce');
    for (const name of ['../a', 'a//b', '%2e%2e/a', 'a/', ''])
      expect((await put(name)).statusCode).toBeGreaterThan(399);
    expect(fake.staged).toHaveLength(1);
    fake.failure = new HiveError('lease_lost', 'Gone.');
    expect(problemOf(await put('a')).code).toBe('lease_lost');
    const wrong = await put(`a?sha256=${'0'.repeat(64)}`);
    expect(problemOf(wrong).code).toBe('content_mismatch');
  });

  test('C9: stage, commit and read checkpoints', async () => {
    const headers = { 'hive-nonce': nonce };
    const payload = Buffer.from('abc');
    const put = (url: string, body: Buffer | object) => call({ method: 'PUT', url, payload: body, headers });
    expect((await put(`${at}/checkpoints/2/files/a/b.bin`, payload)).json()).toMatchObject({ size: 3 });
    expect(fake.staged[0]).toMatchObject({ name: '2/a/b.bin', attempt: { job_id: NOBODY, epoch: 3, nonce } });
    const manifest = { files: [{ name: 'a/b.bin', size: 3, sha256: 'a'.repeat(64) }] };
    expect((await put(`${at}/checkpoints/2`, manifest)).statusCode).toBe(204);
    expect(fake.committed).toEqual([{ attempt: { job_id: NOBODY, epoch: 3, nonce }, seq: 2, manifest }]);
    expect(problemOf(await put(`${at}/checkpoints/2`, { files: [] })).errors?.[0]?.pointer).toBe('/files');
    expect(problemOf(await put(`${at}/checkpoints/0`, manifest)).status).toBe(400);
    const reply = await call({ method: 'GET', url: `${at}/resume/a/b.bin`, headers });
    expect(reply.body).toBe('input resume/a/b.bin');
    fake.failure = new HiveError('lease_lost', 'Gone.');
    expect(problemOf(await put(`${at}/checkpoints/2`, manifest)).code).toBe('lease_lost');
  });

  test('append to the log by offset', async () => {
    const append = (offset: string, payload: Buffer | string) =>
      call({
        method: 'POST',
        url: `${at}/log?offset=${offset}`,
        payload,
        headers: { 'hive-nonce': nonce, 'content-type': 'application/octet-stream' },
      });
    expect((await append('0', 'héllo')).json()).toEqual({ length: 6 });
    expect((await append('6', Buffer.from([0xff, 0]))).json()).toEqual({ length: 8 });
    expect(problemOf(await append('0', 'x')).code).toBe('offset_conflict');
    expect((await append('-1', 'x')).statusCode).toBe(400);
    expect(problemOf(await append('8', Buffer.alloc((4 << 20) + 1))).code).toBe('payload_too_large');
    expect(fake.log).toEqual(Buffer.concat([Buffer.from('héllo'), Buffer.from([0xff, 0])]));
  });

  test('read inputs', async () => {
    const reply = await get(`${at}/inputs/dir/a.txt`, { 'hive-nonce': nonce });
    expect([reply.body, reply.headers['content-length']]).toEqual(['input dir/a.txt', '15']);
  });
});

describe('workers, modules, stats, health', () => {
  test('workers', async () => {
    const worker = fake.addWorker();
    expect((await get('/v1/workers')).json()).toEqual({ data: [worker] });
    const patch = {
      method: 'PATCH',
      url: `/v1/workers/${worker.id}`,
      payload: { state: 'draining' },
    } as const;
    expect((await call(patch)).json().state).toBe('draining');
    expect((await get(`/v1/workers/${worker.id}`)).json().state).toBe('draining');
    expect((await call({ ...patch, payload: { state: 'lost' } })).statusCode).toBe(400);
    expect((await get('/v1/workers/wrk_01k00000000000000000000000')).statusCode).toBe(404);
    expect(problemOf(await get('/v1/workers/connect')).detail).toContain('WebSocket');
  });

  test('modules come with their schemas, an example, and what that needs', async () => {
    const reply = await get('/v1/modules/demo.cube');
    expect(reply.json()).toMatchObject({
      name: 'demo.cube',
      kind: 'generate',
      input: { type: 'object', properties: { size: { type: 'number' } } },
      output: { type: 'object' },
      example: { size: 2 },
      needs: { cpu: 1, gpu: 'none' },
    });
    expect((await get('/v1/modules')).json()).toEqual({ data: [reply.json()] });
    expect(problemOf(await get('/v1/modules/nope'))).toMatchObject({ status: 404, code: 'not_found' });
  });

  test('stats, health, readiness, version and root', async () => {
    expect((await get('/v1/stats')).json().jobs.queued).toBe(0);
    expect((await get('/healthz')).json()).toEqual({ status: 'ok' });
    expect((await get('/readyz')).json()).toEqual({ ready: true, problems: [] });
    fake.problems.push('the store does not answer');
    const sick = await get('/readyz');
    expect([sick.statusCode, sick.json().problems]).toEqual([503, ['the store does not answer']]);
    expect((await get('/version')).json()).toMatchObject({ name: 'hive', version: '1.2.3' });
    expect((await get('/')).json()).toMatchObject({ docs: '/docs' });
    expect((await get('/', { accept: 'text/html' })).body).toContain('<a href="/docs">');
    expect((await call({ method: 'HEAD', url: '/healthz' })).statusCode).toBe(200);
  });
});

describe('errors', () => {
  test('broken JSON is refused with its place', async () => {
    const send = (payload: string) =>
      call({ method: 'POST', url: '/v1/jobs', payload, headers: { 'content-type': 'application/json' } });
    expect(problemOf(await send('{"module":\n "x",}'))).toMatchObject({
      code: 'invalid_json',
      detail: expect.stringContaining('line 2, column 6 (offset 16)'),
    });
    expect(problemOf(await send('{"__proto__":{"a":1}}')).code).toBe('invalid_json');
    expect(problemOf(await send('')).detail).toContain('A JSON body is needed');
  });

  test('other content types are refused', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'nonsense', 'application/json5']) {
      const reply = await call({
        method: 'POST',
        url: '/v1/jobs',
        payload: 'a=1',
        headers: { 'content-type': type },
      });
      expect(problemOf(reply)).toMatchObject({ status: 415, code: 'unsupported_media_type' });
    }
    const named = { 'content-type': 'application/json; charset=utf-8' };
    expect(
      (await call({ method: 'POST', url: '/v1/jobs', payload: JSON.stringify(CUBE), headers: named }))
        .statusCode,
    ).toBe(201);
  });

  test('unknown routes and methods say what there is', async () => {
    expect(problemOf(await get('/v1/job')).hint).toContain('/v1/jobs');
    expect(problemOf(await get('/v1/jobs/x/evnts')).hint).toContain('/v1/jobs/:id/events');
    expect(problemOf(await get('/completely/elsewhere/entirely')).hint).toContain('/docs');
    const wrong = await call({
      method: 'DELETE',
      url: '/v1/jobs',
      payload: 'x',
      headers: { 'content-type': 'a/b' },
    });
    expect(problemOf(wrong).code).toBe('method_not_allowed');
    expect(wrong.headers.allow).toBe('GET, HEAD, POST');
    expect(problemOf(await call({ method: 'POST', url: `/v1/jobs/${NOBODY}/artifacts/a` })).status).toBe(405);
    expect(problemOf(await get('/v1/%zz')).status).toBe(400);
    expect(problemOf(await get(`/v1/jobs/${'x'.repeat(300)}`)).status).toBe(400);
  });

  test('a bug answers 500 without a word about it, and is logged with its stack', async () => {
    fake.failure = new Error('secret path /etc/x');
    const reply = await get(`/v1/jobs/${NOBODY}`);
    expect(problemOf(reply)).toMatchObject({ status: 500, code: 'internal' });
    expect(reply.body).not.toContain('secret');
    expect(logged[0]).toMatchObject({ err: expect.objectContaining({ message: 'secret path /etc/x' }) });
  });

  test('the trace of a caller is taken over', async () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const reply = await get('/v1/nope', { traceparent: `00-${trace}-00f067aa0ba902b7-01` });
    expect(problemOf(reply).trace_id).toBe(trace);
    expect(problemOf(await get('/v1/nope', { traceparent: 'garbage' })).trace_id).toMatch(/^req_/);
  });

  test('strangers are refused', async () => {
    for (const headers of [
      { host: 'evil.example' },
      { host: 'evil.example:8000' },
      { host: 'localhost.evil.example' },
      { host: '127.0.0.1.evil.example' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'http://localhost.evil.example' },
    ]) {
      expect(problemOf(await get('/v1/jobs', headers))).toMatchObject({
        status: 403,
        code: 'forbidden_origin',
      });
    }
    for (const headers of [
      { host: '127.0.0.1:8000' },
      { host: '[::1]:8000' },
      { host: 'LOCALHOST' },
      { host: 'hive.localhost:1' },
      { origin: 'http://localhost:5173' },
      { origin: 'http://[::1]:1' },
    ]) {
      expect((await get('/v1/jobs', headers)).statusCode).toBe(200);
    }
  });
});
