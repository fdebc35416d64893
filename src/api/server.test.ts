import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { CHANNEL_MAX_FRAME } from '../protocol/channel.ts';
import type { Job } from '../protocol/job.ts';
import type { Problem } from '../protocol/problem.ts';
import { buildApp } from './app.ts';
import { FakeOrchestrator } from './orchestrator.fixture.ts';
import { type Listening, listen } from './server.ts';

let fake: FakeOrchestrator;
let app: FastifyInstance;
let server: Listening;

const LIMITS = { heartbeatMs: 40, stalledReaderMs: 300, closeGraceMs: 1500, uploadBytes: 300 << 20 };
beforeEach(async () => {
  fake = new FakeOrchestrator();
  app = buildApp({ orchestrator: fake, version: '1.2.3', limits: LIMITS });
  server = await listen(app, { host: '127.0.0.1', port: 0 });
});
afterEach(() => server.close());

const CUBE = { module: 'demo.cube' };

interface Sse {
  id?: string;
  event?: string;
  data?: string;
}

/** Reads an event stream; `text` is all that came, comments too. */
async function openSse(path: string, headers: Record<string, string> = {}) {
  const abort = new AbortController();
  const reply = await fetch(server.url + path, { headers, signal: abort.signal });
  const state = { text: '', ended: false };
  const reading = (async () => {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of reply.body ?? []) state.text += decoder.decode(chunk, { stream: true });
    } catch {}
    state.ended = true;
  })();
  const events = (): Sse[] =>
    state.text
      .split('\n\n')
      .slice(0, -1)
      .map((frame) => Object.fromEntries(frame.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2))))
      .filter((frame) => 'event' in frame);
  return { reply, state, events, reading, abort };
}

describe('event streams', () => {
  test('a job is followed to its end, then the stream ends', async () => {
    const job = fake.add(CUBE);
    const stream = await openSse(`/v1/jobs/${job.id}/events`);
    expect(stream.reply.headers.get('content-type')).toContain('text/event-stream');
    expect(stream.reply.headers.get('cache-control')).toBe('no-store');
    expect(stream.reply.headers.get('x-request-id')).toMatch(/^req_/);
    await expect.poll(() => stream.events()).toHaveLength(1);
    fake.jobs.set(job.id, { ...job, progress: { percent: 50 } });
    fake.changed();
    await expect.poll(() => stream.events().at(-1)?.event).toBe('progress');
    fake.move(job.id, { state: 'succeeded' });
    await stream.reading;
    const events = stream.events();
    expect(stream.state.text.startsWith('retry: 2000\n\n')).toBe(true);
    expect(events.map(({ event, id }) => [event, id])).toEqual(
      expect.arrayContaining([
        ['job.queued', '1'],
        ['progress', undefined],
        ['job.succeeded', '2'],
      ]),
    );
    expect(JSON.parse(events.at(-1)?.data ?? '')).toMatchObject({ id: job.id, state: 'succeeded' });
  });

  test('resumes after the last id, by header before query', async () => {
    const job = fake.add(CUBE);
    fake.move(job.id, { state: 'running' });
    fake.move(job.id, { state: 'succeeded' });
    const ids = async (path: string, headers: Record<string, string> = {}) => {
      const stream = await openSse(`/v1/jobs/${job.id}/events${path}`, headers);
      await stream.reading;
      return stream.events().map(({ id }) => id);
    };
    expect(await ids('')).toEqual(['1', '2', '3']);
    expect(await ids('?after=1')).toEqual(['2', '3']);
    expect(await ids('?after=0', { 'last-event-id': '2' })).toEqual(['3']);
    const bad = await fetch(`${server.url}/v1/events`, { headers: { 'last-event-id': 'x' } });
    expect(bad.status).toBe(400);
    await bad.text();
  });

  test('all events, a gap, and heartbeats', async () => {
    fake.add(CUBE);
    fake.events.length = 0;
    fake.events.push({
      seq: 5,
      at: 'x',
      type: 'job.queued',
      state: 'queued',
      reason: { code: 'a', message: 'line\nbreak' },
    });
    const stream = await openSse('/v1/events?after=1');
    await expect.poll(() => stream.events()).toHaveLength(2);
    const [gap, event] = stream.events();
    expect(gap).toEqual({ event: 'gap', data: '{"missed_from":2,"next":5}' });
    expect(event).toMatchObject({ id: '5', event: 'job.queued' });
    expect(JSON.parse(event?.data ?? '').reason.message).toBe('line\nbreak');
    await expect.poll(() => stream.state.text.split(': alive\n\n').length).toBeGreaterThan(3);
    stream.abort.abort();
    await stream.reading;
  });

  test('a reader that leaves ends its source', async () => {
    const job = fake.add(CUBE);
    let signal: AbortSignal | undefined;
    const follow = fake.followJob.bind(fake);
    fake.followJob = (...args) => {
      signal = args[3];
      return follow(...args);
    };
    const stream = await openSse(`/v1/jobs/${job.id}/events`);
    await expect.poll(() => stream.events()).toHaveLength(1);
    stream.abort.abort();
    await expect.poll(() => signal?.aborted).toBe(true);
  });

  test('a reader that stops reading is cut and fills no memory', async () => {
    let asked = 0;
    const big = 'x'.repeat(64 * 1024);
    fake.followEvents = async function* (_after, _caller, signal) {
      for (; !signal.aborted && asked < 5000; asked += 1) {
        const reason = { code: 'a', message: big };
        yield { kind: 'event', event: { seq: asked, at: '', type: 'job.queued', state: 'queued', reason } };
      }
    };
    const socket = connect(server.port, '127.0.0.1');
    socket.write(`GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    socket.on('error', () => {});
    await new Promise((resolve) => socket.once('readable', resolve));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    // Reads nothing for longer than the server waits.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const before = asked;
    expect(before).toBeLessThan(400);
    socket.resume();
    await closed;
    expect(asked - before).toBeLessThan(3);
  });

  test('an error on the way travels as an event', async () => {
    fake.followEvents = async function* () {
      yield { kind: 'gap', missed_from: 1, next: 2 };
      throw new Error('secret');
    };
    const stream = await openSse('/v1/events');
    await stream.reading;
    const last = stream.events().at(-1);
    expect(last?.event).toBe('error');
    expect(JSON.parse(last?.data ?? '')).toMatchObject({ code: 'internal', status: 500 });
    expect(stream.state.text).not.toContain('secret');
  });
});

describe('logs', () => {
  const read = async (query: string, id: string) => {
    const reply = await fetch(`${server.url}/v1/jobs/${id}/logs${query}`);
    const header = (name: string) => reply.headers.get(name);
    return {
      body: Buffer.from(await reply.arrayBuffer()),
      offset: header('hive-log-offset'),
      attempt: header('hive-log-attempt'),
      next: header('hive-log-next'),
    };
  };

  test('are read whole, from an offset, and from the end', async () => {
    const { id } = fake.add(CUBE);
    fake.log = Buffer.from('héllo\nworld\n');
    expect(await read('', id)).toEqual({ body: fake.log, offset: '0', attempt: '1', next: '13' });
    expect(await read('?after=7&attempt=2', id)).toMatchObject({ offset: '7', attempt: '2', next: '13' });
    expect((await read('?after=-6', id)).body.toString()).toBe('world\n');
    expect(await read('?after=99', id)).toMatchObject({ offset: '13', next: '13' });
    fake.log = randomBytes(1_000_000);
    const long = await read('', id);
    expect(long.body.equals(fake.log)).toBe(true);
    expect(long.next).toBe(null);
  });

  test('are followed until the attempt ends', async () => {
    const { id } = fake.add(CUBE);
    fake.log = Buffer.from('one\n');
    fake.logEnded = false;
    const reply = await fetch(`${server.url}/v1/jobs/${id}/logs?follow=true`);
    let text = '';
    const reading = (async () => {
      for await (const chunk of reply.body ?? []) text += Buffer.from(chunk).toString();
    })();
    await expect.poll(() => text).toBe('one\n');
    await fake.appendLog({} as never, 4, Buffer.from('two\n'));
    await expect.poll(() => text).toBe('one\ntwo\n');
    fake.logEnded = true;
    fake.changed();
    await reading;
  });

  test('headers of a follower come before the first byte', async () => {
    const { id } = fake.add(CUBE);
    fake.logEnded = false;
    const abort = new AbortController();
    const reply = await fetch(`${server.url}/v1/jobs/${id}/logs?follow=1`, { signal: abort.signal });
    expect(reply.headers.get('hive-log-offset')).toBe('0');
    abort.abort();
  });
});

describe('bodies over a socket', () => {
  /** Sends raw bytes, then what `after` does; answers all that came back. */
  const raw = (head: string, after: (socket: ReturnType<typeof connect>) => void): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(server.port, '127.0.0.1');
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('error', () => {});
      socket.once('close', () => resolve(text));
      socket.write(head);
      after(socket);
    });
  const HEAD = 'Host: localhost\r\nContent-Type: application/octet-stream\r\n';

  test('100 MB go through without being held', async () => {
    const piece = randomBytes(1 << 20);
    let size = 0;
    fake.createUpload = async (body, facts) => {
      for await (const chunk of body) size += chunk.length;
      return {
        id: 'upl_x',
        tenant: 'default',
        ...facts,
        size,
        sha256: '',
        created_at: '',
        expires_at: '',
      } as never;
    };
    const before = process.memoryUsage().rss;
    let peak = 0;
    const body = Readable.from(
      (function* () {
        for (let i = 0; i < 100; i += 1) {
          peak = Math.max(peak, process.memoryUsage().rss);
          yield piece;
        }
      })(),
    );
    const init = { method: 'POST', body: Readable.toWeb(body), duplex: 'half' } as unknown as RequestInit;
    const reply = await fetch(`${server.url}/v1/uploads?name=big`, init);
    expect(reply.status).toBe(201);
    await reply.text();
    expect(size).toBe(100 << 20);
    expect(peak - before).toBeLessThan(150 << 20);
  });

  test('half-sent ones keep nothing', async () => {
    const half = (path: string, length: string) =>
      raw(`POST ${path} HTTP/1.1\r\n${HEAD}${length}\r\n\r\nonly this`, (socket) =>
        setTimeout(() => socket.destroy(), 30),
      );
    await half('/v1/uploads?name=a', 'Content-Length: 100');
    await half('/v1/uploads?name=a', 'Transfer-Encoding: chunked');
    await expect.poll(() => fake.pendingUploads).toBe(0);
    expect(fake.uploads.size).toBe(0);
    // A sender that only closes its writing half hears why.
    const text = await raw(
      `POST /v1/uploads?name=a HTTP/1.1\r\n${HEAD}Content-Length: 100\r\n\r\nonly this`,
      (socket) => socket.end(),
    );
    expect(text === '' || text.includes('application/problem+json')).toBe(true);
    expect(fake.uploads.size).toBe(0);
  });

  test('too large ones are answered, whether declared or found out', async () => {
    const small = buildApp({ orchestrator: fake, version: '1', limits: { uploadBytes: 1 << 20 } });
    const other = await listen(small, { host: 'localhost', port: 0 });
    try {
      const declared = await fetch(`${other.url}/v1/uploads?name=a`, {
        method: 'POST',
        body: Buffer.alloc(8 << 20),
      });
      expect(((await declared.json()) as Problem).code).toBe('payload_too_large');
      const stream = Readable.from(Array.from({ length: 128 }, () => Buffer.alloc(64 * 1024)));
      const init = { method: 'POST', body: Readable.toWeb(stream), duplex: 'half' } as unknown as RequestInit;
      const found = await fetch(`${other.url}/v1/uploads?name=a`, init);
      expect(((await found.json()) as Problem).code).toBe('payload_too_large');
      expect(fake.uploads.size).toBe(0);
      await expect.poll(() => fake.pendingUploads).toBe(0);
    } finally {
      await other.close();
    }
  });

  test('what is not HTTP gets a problem too', async () => {
    const text = await raw('NOT HTTP\r\n\r\n', () => {});
    expect(text).toContain('400 Bad Request');
    expect(text).toContain('application/problem+json');
  });
});

describe('the worker channel', () => {
  const address = () => `${server.url.replace('http', 'ws')}/v1/workers/connect`;
  const HELLO = {
    type: 'hello',
    channel: 1,
    boot_id: 'b1',
    live: [],
    offer: {
      ...{ name: 'w', version: '1', pid: 1, slots: 1, capabilities: [], modules: [], labels: {} },
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
  };

  async function join(headers: Record<string, string> = {}) {
    const socket = new WebSocket(address(), { headers });
    const frames: unknown[] = [];
    let code = 0;
    socket.on('message', (data) => frames.push(JSON.parse(String(data))));
    socket.on('close', (closed) => {
      code = closed;
    });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return { socket, frames, code: () => code };
  }

  test('passes frames both ways and says when the socket closed', async () => {
    const { socket, frames } = await join();
    socket.send(JSON.stringify(HELLO));
    socket.send(JSON.stringify({ type: 'bye' }));
    await expect.poll(() => fake.received.map(({ type }) => type)).toEqual(['hello', 'bye']);
    fake.say({ type: 'beat_reply', seq: 1, directives: [] });
    await expect.poll(() => frames).toEqual([{ type: 'beat_reply', seq: 1, directives: [] }]);
    socket.close();
    await expect.poll(() => fake.closedChannels).toBe(1);
    fake.say({ type: 'beat_reply', seq: 2, directives: [] });
  });

  test('refuses a frame that does not fit, and closes', async () => {
    const send: [string | Buffer, RegExp][] = [
      ['nonsense', /not JSON/],
      ['{"type":"nope"}', /type/],
      ['{"type":"beat","seq":"x","attempts":[]}', /seq/],
      [Buffer.from('{"type":"bye"}'), /JSON text/],
    ];
    for (const [frame, message] of send) {
      const { socket, frames, code } = await join();
      socket.send(frame);
      await expect.poll(code).toBe(1008);
      expect(frames).toEqual([
        { type: 'refused', code: 'invalid_frame', message: expect.stringMatching(message), retry: false },
      ]);
    }
    await expect.poll(() => fake.closedChannels).toBe(send.length);
    expect(fake.received).toEqual([]);
  });

  test('refuses frames past the limit', async () => {
    const { socket, code } = await join();
    socket.on('error', () => {});
    socket.send(Buffer.alloc(CHANNEL_MAX_FRAME + 1, 'a').toString());
    await expect.poll(code).toBe(1009);
    expect(fake.closedChannels).toBe(1);
  });

  test('a bug in the orchestrator closes one socket', async () => {
    const { socket, code } = await join();
    fake.failure = new Error('bug');
    socket.send('{"type":"bye"}');
    await expect.poll(code).toBe(1011);
  });

  test('strangers and other paths get no socket', async () => {
    await expect(join({ origin: 'https://evil.example' })).rejects.toThrow('403');
    await expect(join({ host: 'evil.example' })).rejects.toThrow('403');
    await (await join({ origin: 'http://localhost:5173' })).socket.terminate();
    const elsewhere = new WebSocket(`${server.url.replace('http', 'ws')}/v1/nope`);
    const error = await new Promise((resolve) => elsewhere.once('error', resolve));
    expect(String(error)).toContain('404');
  });

  test('pings, and cuts a socket that is dead', async () => {
    const pinged = buildApp({ orchestrator: fake, version: '1', limits: { pingMs: 60 } });
    const other = await listen(pinged, { host: '127.0.0.1', port: 0 });
    const open = (autoPong: boolean) =>
      new WebSocket(`${other.url.replace('http', 'ws')}/v1/workers/connect`, { autoPong } as never);
    const dead = open(false);
    const alive = open(true);
    const cut = new Promise((resolve) => dead.once('close', resolve));
    expect(await cut).toBe(1006);
    expect(alive.readyState).toBe(WebSocket.OPEN);
    await expect.poll(() => fake.closedChannels).toBe(1);
    await other.close();
  });

  test('carries thousands of frames a second', async () => {
    const { socket } = await join();
    const attempts = Array.from({ length: 8 }, (_, i) => ({
      job_id: 'job_01k00000000000000000000000',
      epoch: i + 1,
      nonce: '0'.repeat(32),
      progress: { percent: 50, stage: 'texturing' },
    }));
    const started = performance.now();
    for (let seq = 0; seq < 5000; seq += 1) socket.send(JSON.stringify({ type: 'beat', seq, attempts }));
    await expect.poll(() => fake.received.length, { timeout: 10_000 }).toBe(5000);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe('listening and closing', () => {
  test('only on loopback', async () => {
    for (const host of ['0.0.0.0', '::', '192.168.1.20', 'example.com']) {
      await expect(listen(app, { host, port: 0 })).rejects.toMatchObject({
        code: 'invalid_request',
        hint: expect.stringContaining('127.0.0.1'),
      });
    }
  });

  test('says when the port is taken', async () => {
    const other = buildApp({ orchestrator: fake, version: '1' });
    await expect(listen(other, { host: '127.0.0.1', port: server.port })).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('already in use'),
    });
    await other.close();
  });

  test('ends streams, waits and sockets, and does not hang', async () => {
    const job = fake.add(CUBE);
    fake.logEnded = false;
    const stream = await openSse(`/v1/jobs/${job.id}/events`);
    const all = await openSse('/v1/events');
    const follower = await fetch(`${server.url}/v1/jobs/${job.id}/logs?follow=true`);
    const waiting = fetch(`${server.url}/v1/jobs/${job.id}?wait=60`);
    const worker = new WebSocket(`${server.url.replace('http', 'ws')}/v1/workers/connect`);
    await new Promise((resolve) => worker.once('open', resolve));
    const closedWith = new Promise((resolve) => worker.once('close', resolve));
    const idle = connect(server.port, '127.0.0.1');
    const idleClosed = new Promise((resolve) => idle.once('close', resolve));
    idle.on('error', () => {});
    await new Promise((resolve) => setTimeout(resolve, 50));
    const started = Date.now();
    await server.close();
    // Less than any grace: nothing had to be cut.
    expect(Date.now() - started).toBeLessThan(900);
    const reply = await waiting;
    expect([reply.status, ((await reply.json()) as Job).state]).toEqual([200, 'queued']);
    await Promise.all([stream.reading, all.reading, idleClosed]);
    expect(await follower.text()).toBe('');
    expect(await closedWith).toBe(1001);
    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow();
  });

  test('what is being answered is answered; what hangs is cut after the grace', async () => {
    let release = () => {};
    fake.stats = () => new Promise((_, reject) => (release = () => reject(new Error('late'))));
    const hanging = fetch(`${server.url}/v1/stats`).catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const started = Date.now();
    await server.close();
    expect(Date.now() - started).toBeGreaterThan(1400);
    expect(Date.now() - started).toBeLessThan(4000);
    expect(await hanging).toBeInstanceOf(Error);
    release();
  });
});
