import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { CHANNEL_VERSION } from '../../src/protocol/channel.ts';
import type { Problem } from '../../src/protocol/problem.ts';
import { type Product, startProduct, until } from './product.fixture.ts';

let product: Product;
let before: string;
beforeAll(async () => {
  product = await startProduct();
  product.worker('a');
  before = (await product.client.jobs.submit({ module: 'test', input: {}, run_at: '2099-01-01T00:00:00Z' }))
    .id;
});
/** Whatever was thrown at it: the server answers, and the job from before is there. */
afterAll(async () => {
  try {
    expect((await product.client.jobs.get(before)).state).toBe('queued');
    const after = await product.client.jobs.submit({ module: 'test', input: {} });
    expect((await product.client.jobs.wait(after.id, { timeoutMs: 20_000 })).state).toBe('succeeded');
  } finally {
    await product.close();
  }
});

async function refused(path: string, init: RequestInit): Promise<Problem> {
  const reply = await fetch(product.url + path, init);
  expect(reply.headers.get('content-type')).toContain('application/problem+json');
  return (await reply.json()) as Problem;
}
const post = (body: string, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  body,
  headers: { 'content-type': 'application/json', ...headers },
});
const submit = (body: unknown): Promise<Problem> => refused('/v1/jobs', post(JSON.stringify(body)));

describe('each is refused with its field, its value and the way out', () => {
  test('unknown module', async () => {
    expect(await submit({ module: 'text-to-4d', input: {} })).toMatchObject({
      status: 422,
      code: 'unknown_module',
      hint: 'did you mean text-to-3d?',
      errors: [{ pointer: '/module' }],
    });
  });

  test('bad parameter of a module, of the job, of its requirements', async () => {
    expect(await submit({ module: 'text-to-3d', input: { prompt: '', style: 'cubist' } })).toMatchObject({
      status: 422,
      code: 'invalid_input',
      errors: expect.arrayContaining([expect.objectContaining({ pointer: '/input/style' })]),
    });
    expect(await submit({ module: 'test', input: {}, priority: 1000 })).toMatchObject({
      status: 400,
      errors: [{ pointer: '/priority' }],
    });
    expect(await submit({ module: 'test', input: {}, colour: 'red' })).toMatchObject({
      status: 400,
      code: 'invalid_request',
    });
    expect(await submit({ module: 'test', input: {}, requirements: { vram_bytes: 'lots' } })).toMatchObject({
      errors: [{ pointer: '/requirements/vram_bytes' }],
    });
  });

  test('broken JSON, a body of 100 MB, a wrong content type', async () => {
    expect(await refused('/v1/jobs', post('{"module": "test", '))).toMatchObject({
      status: 400,
      code: 'invalid_json',
    });
    expect(await refused('/v1/jobs', post('x', { 'content-type': 'text/csv' }))).toMatchObject({
      status: 415,
    });
    const chunk = new Uint8Array(2 ** 20).fill(32);
    let sent = 0;
    const body = new ReadableStream({
      pull: (controller) => (sent++ < 100 ? controller.enqueue(chunk) : controller.close()),
    });
    const huge = fetch(`${product.url}/v1/jobs`, {
      method: 'POST',
      body,
      duplex: 'half',
      headers: { 'content-type': 'application/json' },
    } as RequestInit);
    // The server may answer before it has read all; the sender then sees the answer or the cut.
    const status = await huge.then(
      (reply) => reply.status,
      () => 413,
    );
    expect(status).toBe(413);
  });

  test('bad cursor, bad id, unknown route, wrong method', async () => {
    expect(await refused('/v1/jobs?cursor=nonsense', {})).toMatchObject({
      status: 400,
      code: 'invalid_cursor',
    });
    expect((await refused('/v1/jobs/job_nope', {})).status).toBeGreaterThanOrEqual(400);
    expect(await refused('/v1/jobs/job_01h455vb4pex5vsknk084sn02q', {})).toMatchObject({
      status: 404,
      code: 'job_not_found',
    });
    expect(await refused('/v1/jbos', {})).toMatchObject({ status: 404, code: 'not_found' });
    expect(await refused('/v1/jobs', { method: 'PUT' })).toMatchObject({ status: 405 });
  });

  test('a page of another site and a foreign host name', async () => {
    expect(await refused('/v1/jobs', { headers: { origin: 'https://evil.example' } })).toMatchObject({
      status: 403,
      code: 'forbidden_origin',
    });
  });

  test('an upload comes in as a form too', async () => {
    const form = new FormData();
    form.set('file', new Blob(['a,b\n']), 'data.csv');
    const reply = await fetch(`${product.url}/v1/uploads`, { method: 'POST', body: form });
    expect(reply.status).toBe(201);
    expect(await reply.json()).toMatchObject({ name: 'data.csv', size: 4 });
  });

  test('a deadline that is over, or before the start', async () => {
    const past = await submit({ module: 'test', input: {}, deadline_at: '2020-01-01T00:00:00Z' });
    expect(past).toMatchObject({ status: 400, errors: [{ pointer: '/deadline_at' }] });
    const early = { run_at: '2099-01-02T00:00:00Z', deadline_at: '2099-01-01T00:00:00Z' };
    expect(await submit({ module: 'test', input: {}, ...early })).toMatchObject({
      errors: [{ pointer: '/deadline_at' }],
    });
  });

  test('a half-sent upload leaves nothing', async () => {
    const { hostname, port } = new URL(product.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.write(
      `POST /v1/uploads?name=half.bin HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Type: application/octet-stream\r\nContent-Length: 1000\r\n\r\nhalf`,
    );
    socket.end();
    const parts: Buffer[] = [];
    socket.on('data', (part) => parts.push(part));
    await once(socket, 'close');
    const reply = Buffer.concat(parts).toString();
    if (reply !== '') expect(reply).toMatch(/HTTP\/1.1 4\d\d/);
    const wrong = await refused(`/v1/uploads?name=a&sha256=${'0'.repeat(64)}`, {
      method: 'POST',
      body: 'abc',
      headers: { 'content-type': 'application/octet-stream' },
    });
    expect(wrong).toMatchObject({ status: 422, code: 'content_mismatch' });
  });
});

describe('the worker channel', () => {
  interface Talk {
    readonly socket: WebSocket;
    readonly heard: { type: string; code?: string; verdict?: string; worker_id?: string }[];
  }

  async function dial(hello: object): Promise<Talk> {
    const socket = new WebSocket(`${product.url.replace('http', 'ws')}/v1/workers/connect`);
    const talk: Talk = { socket, heard: [] };
    socket.on('message', (data) => talk.heard.push(JSON.parse(String(data))));
    await once(socket, 'open');
    socket.send(JSON.stringify(hello));
    return talk;
  }
  const hello = (boot: string, id?: string): object => ({
    type: 'hello',
    channel: CHANNEL_VERSION,
    ...(id !== undefined && { worker_id: id }),
    boot_id: boot,
    live: [],
    offer: {
      name: 'stranger',
      version: '0',
      pid: 1,
      slots: 1,
      capabilities: [],
      modules: [],
      labels: {},
      hardware: {
        hostname: 'h',
        platform: 'p',
        arch: 'a',
        cpu_model: 'c',
        cpus: 1,
        memory_bytes: 1,
        gpus: [],
      },
    },
  });
  const heard = (talk: Talk, type: string) =>
    until(type, async () => talk.heard.find((message) => message.type === type), 5000);

  test('C3b: a second process under a live worker’s id is refused, the first goes on', async () => {
    const first = await dial(hello('boot-1'));
    const { worker_id } = await heard(first, 'welcome');
    const second = await dial(hello('boot-2', worker_id));
    expect(await heard(second, 'refused')).toMatchObject({ code: 'worker_id_in_use' });
    first.socket.send(JSON.stringify({ type: 'beat', seq: 1, attempts: [] }));
    await heard(first, 'beat_reply');
    first.socket.close();
    second.socket.close();
  });

  test('C2: an outcome for another’s attempt changes nothing', async () => {
    const job = await product.client.jobs.submit({ module: 'exec', input: { command: ['sleep', '2'] } });
    await until('it runs', async () => (await product.client.jobs.get(job.id)).state === 'running');
    const thief = await dial(hello('boot-9'));
    await heard(thief, 'welcome');
    const outcome = {
      status: 'succeeded',
      engine: 'forged',
      output: {},
      metrics: {},
      warnings: [],
      artifacts: [],
    };
    thief.socket.send(
      JSON.stringify({
        type: 'outcome',
        attempt: { job_id: job.id, epoch: 1, nonce: '0'.repeat(32) },
        outcome,
      }),
    );
    expect(await heard(thief, 'settled')).toMatchObject({ verdict: 'lease_lost' });
    const put = await refused(`/v1/attempts/${job.id}/1/artifacts/a.txt`, {
      method: 'PUT',
      body: 'x',
      headers: { 'hive-nonce': '0'.repeat(32), 'content-type': 'application/octet-stream' },
    });
    expect(put).toMatchObject({ status: 409, code: 'lease_lost' });
    thief.socket.close();
    expect(await product.client.jobs.wait(job.id, { timeoutMs: 20_000 })).toMatchObject({
      state: 'succeeded',
      engine: 'command',
    });
  });

  test('a frame that is no message is refused and the socket closed', async () => {
    const talk = await dial({ type: 'hello', nonsense: true });
    expect(await heard(talk, 'refused')).toBeTruthy();
    if (talk.socket.readyState !== WebSocket.CLOSED) await once(talk.socket, 'close');
  });
});
