import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { Job, JobState } from '../protocol/job.ts';
import { ApiError, HiveClient, type JobUpdate, ServerUnreachable, WaitTimedOut } from './index.ts';

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

async function serve(handler: Handler, options: { retries?: number; patienceMs?: number } = {}) {
  const seen: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    seen.push({
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      body,
    });
    handler(request, response, body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { client: new HiveClient({ url, ...options }), seen, url };
}

const JOB_ID = 'job_01k9z3v6w8e9fa1b2c3d4e5f6g';
const job = (state: JobState, more: Partial<Job> = {}): Job =>
  ({
    id: JOB_ID,
    module: 'exec',
    state,
    attempt: state === 'queued' ? 0 : 1,
    reason: { code: state, message: state },
    progress: null,
    created_at: '2026-01-01T00:00:00Z',
    timeline: [],
    ...more,
  }) as unknown as Job;

const reply = (response: ServerResponse, status: number, value: unknown, headers = {}): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
};
const problem = (status: number, code: string) => ({
  type: 'about:blank',
  title: 'No',
  status,
  detail: 'It cannot be',
  code,
  hint: 'try harder',
  errors: [{ pointer: '/input/prompt', message: 'required' }],
});
const openStream = (response: ServerResponse): void => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
};
const send = (response: ServerResponse, id: number, event: string, data: unknown): void => {
  response.write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
};

test('a submit whose answer is lost is sent again with the same key', async () => {
  let tries = 0;
  const { client, seen } = await serve((request, response) => {
    tries += 1;
    if (tries === 1) request.socket.destroy();
    else if (tries === 2) reply(response, 503, problem(503, 'store_unavailable'));
    else reply(response, 201, job('queued'));
  });
  const made = await client.jobs.submit({ module: 'exec', input: { command: ['true'] } });
  expect(made.id).toBe(JOB_ID);
  const keys = new Set(seen.map((one) => one.headers['idempotency-key']));
  expect(seen).toHaveLength(3);
  expect(keys.size).toBe(1);
  expect([...keys][0]).toMatch(/^[0-9a-f]{32}$/);
});

test('a refusal is an ApiError with the problem, and is not repeated', async () => {
  const { client, seen } = await serve((_, response) => reply(response, 422, problem(422, 'invalid_input')));
  const error = await client.jobs.submit({ module: 'x' }).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({
    status: 422,
    code: 'invalid_input',
    hint: 'try harder',
    message: 'It cannot be',
    errors: [{ pointer: '/input/prompt', message: 'required' }],
  });
  expect(seen).toHaveLength(1);
});

test('an answer that is no problem still becomes an ApiError', async () => {
  const { client } = await serve((_, response) => {
    response.writeHead(418, { 'content-type': 'text/html' });
    response.end('<h1>no</h1>');
  });
  await expect(client.stats()).rejects.toMatchObject({ name: 'ApiError', status: 418, code: 'http_418' });
});

test('nobody there is ServerUnreachable and says why', async () => {
  const client = new HiveClient({ url: 'http://127.0.0.1:1', retries: 0 });
  await expect(client.stats()).rejects.toThrow(ServerUnreachable);
  await expect(client.stats()).rejects.toThrow(/does not answer/);
});

test('a server that says nothing is given up on', async () => {
  const { url } = await serve(() => undefined);
  const client = new HiveClient({ url, retries: 0, timeoutMs: 50 });
  await expect(client.stats()).rejects.toThrow(/no answer within 0.05 s/);
});

test('a list is one page or all pages', async () => {
  const { client, seen } = await serve((request, response) => {
    const second = request.url?.includes('cursor=c1');
    reply(response, 200, {
      data: [job('queued', { name: second ? 'b' : 'a' })],
      next_cursor: second ? null : 'c1',
      has_more: !second,
    });
  });
  expect((await client.jobs.list({ limit: 1 }).page()).data).toHaveLength(1);
  const names = [];
  for await (const one of client.jobs.list({ state: ['queued', 'running'], labels: { a: '1', b: '2' } })) {
    names.push(one.name);
  }
  expect(names).toEqual(['a', 'b']);
  expect(seen.at(-1)?.url).toBe('/v1/jobs?state=queued&state=running&label=a%3D1&label=b%3D2&cursor=c1');
});

test('wait survives a cut stream, resumes by id, and tells nothing twice', async () => {
  let streams = 0;
  let state: JobState = 'queued';
  const { client, seen } = await serve((request, response) => {
    if (!request.url?.endsWith('/events')) return reply(response, 200, job(state));
    streams += 1;
    openStream(response);
    const say = (id: number, next: JobState): void => {
      state = next;
      send(response, id, `job.${next}`, job(next));
    };
    if (streams === 1) {
      setTimeout(() => say(2, 'running'), 20);
      setTimeout(() => response.destroy(), 40);
    } else {
      send(response, 2, 'job.running', job('running'));
      setTimeout(() => send(response, 2, 'progress', { percent: 50, stage: 'meshing' }), 20);
      setTimeout(() => say(3, 'succeeded'), 40);
    }
  });
  const updates: JobUpdate[] = [];
  const end = await client.jobs.wait(JOB_ID, { onUpdate: (update) => updates.push(update) });
  expect(end.state).toBe('succeeded');
  expect(updates.map((one) => (one.kind === 'state' ? one.job.state : one.progress.percent))).toEqual([
    'queued',
    'running',
    50,
    'succeeded',
  ]);
  const resumed = seen.filter((one) => one.url.endsWith('/events'))[1];
  expect(resumed?.headers['last-event-id']).toBe('2');
});

test('wait polls where there is no stream', async () => {
  let asked = 0;
  const { client } = await serve((request, response) => {
    if (request.url?.endsWith('/events')) return reply(response, 200, {});
    asked += 1;
    reply(response, 200, job(asked > 2 ? 'failed' : 'running'));
  });
  const end = await client.jobs.wait(JOB_ID, { pollMs: 5 });
  expect(end.state).toBe('failed');
});

test('a gap makes it read the job again', async () => {
  let state: JobState = 'running';
  const { client } = await serve((request, response) => {
    if (!request.url?.endsWith('/events')) return reply(response, 200, job(state));
    openStream(response);
    state = 'canceled';
    setTimeout(() => send(response, 9, 'gap', { missed_from: 1, next: 9 }), 20);
  });
  expect((await client.jobs.wait(JOB_ID)).state).toBe('canceled');
});

test('wait ends in time, and the job is in the error', async () => {
  const { client } = await serve((request, response) => {
    if (!request.url?.endsWith('/events')) return reply(response, 200, job('running'));
    openStream(response);
  });
  const error = await client.jobs.wait(JOB_ID, { timeoutMs: 80 }).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(WaitTimedOut);
  expect((error as WaitTimedOut).job.state).toBe('running');
});

test('wait can be called off', async () => {
  const { client } = await serve((request, response) => {
    if (!request.url?.endsWith('/events')) return reply(response, 200, job('running'));
    openStream(response);
  });
  const stop = new AbortController();
  setTimeout(() => stop.abort(new Error('enough')), 30);
  await expect(client.jobs.wait(JOB_ID, { signal: stop.signal })).rejects.toThrow('enough');
});

test('a job that is not there is told at once', async () => {
  const { client } = await serve((_, response) => reply(response, 404, problem(404, 'job_not_found')));
  await expect(client.jobs.wait(JOB_ID)).rejects.toMatchObject({ code: 'job_not_found' });
});

test('a follower gives up on a server that stays away', async () => {
  const client = new HiveClient({ url: 'http://127.0.0.1:1', retries: 0, patienceMs: 100 });
  await expect(client.jobs.wait(JOB_ID)).rejects.toThrow(ServerUnreachable);
});

const logHeaders = (attempt: number, offset: number) => ({
  'content-type': 'text/plain',
  'hive-log-attempt': String(attempt),
  'hive-log-offset': String(offset),
});
async function readText(chunks: AsyncIterable<{ bytes: Uint8Array }>): Promise<string> {
  let text = '';
  for await (const { bytes } of chunks) text += new TextDecoder().decode(bytes);
  return text;
}

test('a log that breaks off goes on at the byte where it broke', async () => {
  const whole = 'one\ntwo\nthree\n';
  let tries = 0;
  const { client, seen } = await serve((request, response) => {
    const after = Number(new URL(request.url ?? '', 'http://x').searchParams.get('after'));
    response.writeHead(200, logHeaders(1, after));
    tries += 1;
    if (tries === 1) {
      response.write(whole.slice(0, 5));
      setTimeout(() => response.destroy(), 20);
    } else response.end(whole.slice(after));
  });
  expect(await readText(client.jobs.logs(JOB_ID))).toBe(whole);
  expect(seen.map((one) => one.url)).toEqual([
    `/v1/jobs/${JOB_ID}/logs?after=0`,
    `/v1/jobs/${JOB_ID}/logs?after=5&attempt=1`,
  ]);
});

test('following goes through all attempts and ends with the job', async () => {
  let current = job('running', { attempt: 1 });
  const logs: Record<number, string> = { 1: 'first\n', 2: 'second\n' };
  const { client } = await serve((request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    if (url.pathname.endsWith('/events')) {
      openStream(response);
      return;
    }
    if (!url.pathname.endsWith('/logs')) return reply(response, 200, current);
    const attempt = Number(url.searchParams.get('attempt'));
    const after = Number(url.searchParams.get('after'));
    response.writeHead(200, logHeaders(attempt, after));
    response.end(logs[attempt]?.slice(after));
    if (after === 0)
      current = attempt === 1 ? job('running', { attempt: 2 }) : job('succeeded', { attempt: 2 });
  });
  expect(await readText(client.jobs.logs(JOB_ID, { follow: true }))).toBe('first\nsecond\n');
});

test('a quiet log is followed for as long as the server answers', async () => {
  let connections = 0;
  const { client } = await serve(
    (request, response) => {
      if (!request.url?.includes('/logs'))
        return reply(response, 200, job(connections < 6 ? 'running' : 'succeeded'));
      if (request.url?.includes('/events')) return openStream(response);
      connections += 1;
      response.writeHead(200, logHeaders(1, 0));
      response.flushHeaders();
      if (connections < 6) setTimeout(() => response.destroy(), 40);
      else response.end(connections === 6 ? 'at last\n' : '');
    },
    { patienceMs: 60 },
  );
  expect(await readText(client.jobs.logs(JOB_ID, { follow: true, attempt: 1 }))).toBe('at last\n');
});

test('events go on after a cut, with the cursor, and tell of gaps', async () => {
  let streams = 0;
  const { client, seen } = await serve((_, response) => {
    streams += 1;
    openStream(response);
    if (streams === 1) {
      send(response, 5, 'job.queued', { seq: 5, type: 'job.queued' });
      setTimeout(() => response.destroy(), 20);
    } else {
      send(response, 8, 'gap', { missed_from: 6, next: 8 });
      send(response, 9, 'worker.online', { seq: 9, type: 'worker.online' });
    }
  });
  const got = [];
  for await (const update of client.events({ after: 4 })) {
    got.push(update.kind === 'event' ? update.event.seq : `gap ${update.missed_from}-${update.next}`);
    if (got.length === 3) break;
  }
  expect(got).toEqual([5, 'gap 6-8', 9]);
  expect(seen.map((one) => one.headers['last-event-id'])).toEqual(['4', '5']);
});

test('an upload streams its body, a download can begin further on', async () => {
  const { client, seen } = await serve((request, response) => {
    if (request.method === 'POST') return reply(response, 201, { id: 'upl_x', size: 3 });
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200);
    response.end('abcdef'.slice(from));
  });
  const body = new Blob(['abc']).stream();
  expect((await client.uploads.create(body, { name: 'a b.txt' })).id).toBe('upl_x');
  expect(seen[0]).toMatchObject({ url: '/v1/uploads?name=a+b.txt', body: 'abc' });
  const download = await client.artifacts.download('art_x', { offset: 4 });
  expect(download.offset).toBe(4);
  const parts = [];
  for await (const bytes of download.body) parts.push(new TextDecoder().decode(bytes));
  expect(parts.join('')).toBe('ef');
});

test('a server that is not ready says why', async () => {
  const { client } = await serve((_, response) => reply(response, 503, { problems: ['the disk is full'] }));
  expect(await client.readiness()).toEqual({ ready: false, problems: ['the disk is full'] });
});
