import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Job, JobState } from '../protocol/job.ts';
import { CATALOG } from './catalog.ts';
import type { Io, Output } from './io.ts';
import { runCli } from './program.ts';

const ID = 'job_01k9z3v6w8e9fa1b2c3d4e5f6g';
const OTHER = 'job_01k9z3v6w8e9fa1b2c3d4e5f7h';
const WORKER = 'wrk_01k9z3v6w8e9fa1b2c3d4e5f6g';
const CONTENT = 'solid cube\n';
const SHA = createHash('sha256').update(CONTENT).digest('hex');
const LOG = 'one\ntwo\n\u001b[31mthree\u001b[0m\u0007\n';

const artifact = {
  ...{
    id: 'art_01k9z3v6w8e9fa1b2c3d4e5f6g',
    job_id: ID,
    name: 'out/cube.stl',
    size: CONTENT.length,
    sha256: SHA,
  },
  ...{ content_type: 'model/stl', created_at: '2026-01-01T00:00:02Z', url: '/v1/artifacts/art_x' },
};
const makeJob = (state: JobState, more: Partial<Job> = {}): Job =>
  ({
    ...{
      id: ID,
      module: 'text-to-3d',
      name: 'evil\u001b[2J',
      state,
      priority: 0,
      labels: { a: 'b' },
      attempt: 1,
    },
    reason: { code: state, message: `it is ${state}` },
    ...{
      progress: null,
      input: { prompt: 'a cube' },
      output: null,
      engine: 'procedural',
      metrics: { ms: 1 },
    },
    ...{ warnings: [], error: null, retry: {}, group_id: null, retry_of: null, timeout_seconds: 60 },
    requirements: {
      cpu: 1,
      memory_bytes: 2 ** 30,
      gpu: 'none',
      gpu_count: 0,
      vram_bytes: 0,
      capabilities: [],
    },
    retries_used: { user: 0, infra: 0, oom: 0, timeout: 0 },
    ...{ worker_id: WORKER, tenant: 'default', principal: 'local', run_at: null, deadline_at: null },
    ...{ cancel_requested_at: null, created_at: '2026-01-01T00:00:00Z', started_at: '2026-01-01T00:00:01Z' },
    finished_at: state === 'queued' || state === 'running' ? null : '2026-01-01T00:00:02Z',
    timings: { queued_ms: 100, starting_ms: 10, running_ms: 1900 },
    artifacts: state === 'succeeded' ? [artifact] : [],
    timeline: [{ at: '2026-01-01T00:00:00Z', state: 'queued', code: 'submitted', attempt: 0 }],
    urls: {},
    ...more,
  }) as unknown as Job;
const worker = {
  ...{
    id: WORKER,
    name: 'studio',
    state: 'online',
    reason: { code: 'x', message: 'is here' },
    version: '0.1.0',
  },
  ...{ slots: 2, slots_used: 1, capabilities: ['exec'], labels: {}, region: null, jobs: [ID], session: 1 },
  modules: [
    { name: 'exec', version: '1', engine: 'command' },
    { name: 'text-to-3d', version: '1', engine: null, reason: 'no engine', fix: 'hive pack add tensor' },
  ],
  hardware: {
    ...{ hostname: 'h', platform: 'linux', arch: 'x64', cpu_model: 'C', cpus: 8, memory_bytes: 2 ** 34 },
    gpus: [{ name: 'RTX', vram_bytes: 24 * 2 ** 30, vram_free_bytes: 2 ** 30 }],
  },
  reserved: { cpu: 1, memory_bytes: 2 ** 30, vram_bytes: [0] },
  ...{ connected: true, registered_at: '2026-01-01T00:00:00Z', last_seen_at: '2026-01-01T00:00:00Z' },
};
const module_ = {
  ...{
    name: 'text-to-3d',
    family: '3d',
    kind: 'generate',
    title: 'Text to 3D',
    description: 'Makes',
    version: '1',
  },
  input: { type: 'object', properties: { prompt: { type: 'string' }, seed: { type: 'integer' } } },
  ...{ output: {}, example: { prompt: 'a cube' }, needs: {} },
};
const stats = {
  jobs: {
    blocked: 0,
    queued: 12,
    starting: 0,
    running: 3,
    succeeded: 1,
    failed: 0,
    canceled: 0,
    expired: 0,
    quarantined: 0,
  },
  ...{ workers: { online: 1 }, slots: { total: 2, used: 1 }, uptime_seconds: 60 },
  process: { rss_bytes: 9e7, cpu_seconds: 0.6 },
};
const explanation = {
  ...{
    job_id: ID,
    state: 'queued',
    reason: { code: 'x', message: 'y' },
    summary: 'It waits for VRAM',
    position: 3,
  },
  ...{ workers: 2, feasible_now: 0, feasible_ever: 1, fix: 'hive worker' },
  checks: [{ requirement: 'gpu.vram', needed: '24 GiB', failing: 1, message: 'has 8 GiB' }],
  nearest: { worker_id: WORKER, name: 'studio', missing: ['has fewer than 9 cores', 'is not in eu'] },
};

/** What the fake answers besides; a test may set its own. */
let answers: Record<string, (request: IncomingMessage, response: ServerResponse, body: string) => void> = {};
let seen: { method: string; path: string; body: string; headers: IncomingMessage['headers'] }[] = [];
let url = '';
let home = '';

const send = (response: ServerResponse, value: unknown, status = 200): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
};
const refuse = (response: ServerResponse, status: number, code: string, more = {}): void =>
  send(
    response,
    { type: 'about:blank', title: 'T', status, detail: `refused: ${code}`, code, ...more },
    status,
  );
const stream = (response: ServerResponse, ...events: [string, unknown][]): void => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  events.forEach(([event, data], at) => {
    response.write(`id: ${at + 1}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  });
};

const ROUTES: typeof answers = {
  'GET /v1/jobs': (_, response) =>
    send(response, { data: [makeJob('succeeded')], next_cursor: null, has_more: false }),
  'POST /v1/jobs': (_, response) => send(response, makeJob('queued', { attempt: 0 }), 201),
  [`GET /v1/jobs/${ID}`]: (_, response) => send(response, makeJob('succeeded')),
  [`POST /v1/jobs/${ID}/cancel`]: (_, response) =>
    send(response, { result: 'canceling', job: makeJob('running') }),
  [`POST /v1/jobs/${ID}/retry`]: (_, response) => send(response, makeJob('queued'), 201),
  [`GET /v1/jobs/${ID}/explain`]: (_, response) => send(response, explanation),
  [`GET /v1/jobs/${ID}/timeline`]: (_, response) => send(response, { data: makeJob('succeeded').timeline }),
  [`GET /v1/jobs/${ID}/artifacts`]: (_, response) => send(response, { data: [artifact] }),
  [`GET /v1/artifacts/${artifact.id}`]: (_, response) => response.end(CONTENT),
  [`GET /v1/jobs/${ID}/events`]: (_, response) => stream(response, ['job.succeeded', makeJob('succeeded')]),
  [`GET /v1/jobs/${ID}/logs`]: (request, response) => {
    const after = Number(new URL(request.url ?? '', 'http://x').searchParams.get('after'));
    const from = after < 0 ? Math.max(0, LOG.length + after) : after;
    response.writeHead(200, { 'hive-log-attempt': '1', 'hive-log-offset': String(from) });
    response.end(LOG.slice(from));
  },
  'POST /v1/uploads': (_, response) => send(response, { id: 'upl_x' }, 201),
  'GET /v1/workers': (_, response) => send(response, { data: [worker] }),
  [`GET /v1/workers/${WORKER}`]: (_, response) => send(response, worker),
  [`PATCH /v1/workers/${WORKER}`]: (_, response) => send(response, { ...worker, state: 'draining' }),
  'GET /v1/modules': (_, response) => send(response, { data: [module_] }),
  'GET /v1/modules/text-to-3d': (_, response) => send(response, module_),
  'GET /v1/stats': (_, response) => send(response, stats),
  'GET /version': (_, response) => send(response, { name: 'hive', version: '0.1.0' }),
  'GET /readyz': (_, response) => send(response, { ready: true, problems: [] }),
  'GET /healthz': (_, response) => send(response, { status: 'ok' }),
};

const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  const path = (request.url ?? '').split('?')[0] ?? '';
  seen.push({ method: request.method ?? '', path: request.url ?? '', body, headers: request.headers });
  const key = `${request.method} ${path}`;
  const answer = answers[key] ?? ROUTES[key];
  if (answer === undefined)
    refuse(response, 404, path.startsWith('/v1/jobs/') ? 'job_not_found' : 'not_found');
  else answer(request, response, body);
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(async () => {
  answers = {};
  seen = [];
  home = await mkdtemp(join(tmpdir(), 'hive-cli-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

interface Setting {
  readonly tty?: boolean;
  readonly env?: Record<string, string>;
  readonly stdin?: string;
  /** Presses ^C when stderr first shows this. */
  readonly interruptAt?: string;
}

async function run(words: string | string[], setting: Setting = {}) {
  const argv = typeof words === 'string' ? words.split(' ') : words;
  const out: Buffer[] = [];
  let err = '';
  let interrupt: (() => void) | undefined;
  const outputTo = (take: (chunk: string | Uint8Array) => void): Output => ({
    isTTY: setting.tty,
    columns: setting.tty ? 100 : undefined,
    write(chunk, done) {
      take(chunk);
      done?.();
      return true;
    },
  });
  const io: Io = {
    stdout: outputTo((chunk) => out.push(Buffer.from(chunk))),
    stderr: outputTo((chunk) => {
      err += String(chunk);
      if (setting.interruptAt !== undefined && err.includes(setting.interruptAt)) interrupt?.();
    }),
    stdin: (async function* () {
      yield setting.stdin ?? '';
    })(),
    env: { HOME: home, HIVE_URL: url, ...setting.env },
    entry: 'hive.ts',
    onInterrupt(handler) {
      interrupt = handler;
      return () => undefined;
    },
  };
  const code = await runCli(argv, io);
  return { code, out: Buffer.concat(out).toString(), err };
}
const bodyOf = (path: string): unknown => JSON.parse(seen.find((one) => one.path === path)?.body ?? 'null');

const READS = [
  'jobs',
  `job ${ID}`,
  `explain ${ID}`,
  `timeline ${ID}`,
  'workers',
  'workers studio',
  'modules',
  'modules text-to-3d',
  'status',
  'doctor',
  'version',
  'version --server',
  `cancel ${ID}`,
  `retry ${ID}`,
  'drain studio',
  'resume studio',
  'submit text-to-3d prompt=x',
  'submit text-to-3d prompt=x --wait',
  `job ${ID} --wait`,
];

test.each(READS)('hive %s -o json prints JSON and nothing else', async (words) => {
  const { out, code } = await run(`${words} -o json`);
  expect(() => JSON.parse(out)).not.toThrow();
  expect(code).toBe(words === 'doctor' ? 1 : 0);
});

test.each(READS)('hive %s -o jsonl prints a JSON value a line, -o name words', async (words) => {
  const { out } = await run(`${words} -o jsonl`);
  for (const line of out.trimEnd().split('\n')) expect(() => JSON.parse(line)).not.toThrow();
  const names = await run(`${words} -o name`);
  expect(names.out).toMatch(/^([^\s{}][^\n{}]*\n)+$/);
});

test.each(READS)('hive %s for people lets nothing through that moves the cursor', async (words) => {
  const { out } = await run(words);
  expect(out).not.toMatch(/(?!\n)\p{Cc}/u);
  expect(out).not.toBe('');
});

test('every command has help, on stdout, and it says how to use it', async () => {
  for (const { name, summary } of CATALOG) {
    const { out, err, code } = await run([name, '--help']);
    expect(code).toBe(0);
    expect(err).toBe('');
    expect(out).toContain(`Usage: hive ${name}`);
    expect((await run('--help')).out).toContain(summary);
  }
  expect((await run('help submit')).out).toContain('Usage: hive submit');
  expect((await run([])).code).toBe(0);
});

test('colours follow the terminal, NO_COLOR, FORCE_COLOR, --no-color and TERM', async () => {
  const coloured = async (words: string, setting: Setting) =>
    (await run(words, setting)).out.includes('\u001b[');
  expect(await coloured('jobs', { tty: true })).toBe(true);
  expect(await coloured('jobs', {})).toBe(false);
  expect(await coloured('jobs', { env: { FORCE_COLOR: '1' } })).toBe(true);
  expect(await coloured('jobs', { tty: true, env: { NO_COLOR: '1' } })).toBe(false);
  expect(await coloured('jobs', { tty: true, env: { TERM: 'dumb' } })).toBe(false);
  expect(await coloured('jobs --no-color', { tty: true })).toBe(false);
  expect(await coloured('--no-color jobs', { tty: true })).toBe(false);
});

test.each([
  ['', 'nosuch', 2, 'there is no command'],
  ['', 'stats', 2, 'hive status'],
  ['', 'jobs --bogus', 2, 'unknown option'],
  ['', 'jobs -o xml', 2, 'is invalid'],
  ['', 'jobs --state sleeping', 2, 'not a job state'],
  ['', 'job', 2, 'missing required argument'],
  ['', 'job x', 2, 'not a job id'],
  ['', `job ${OTHER}`, 4, 'job_not_found'],
  ['', 'job zzzzzz', 4, 'ends in "zzzzzz"'],
  ['', 'job last', 4, 'no job was submitted'],
  ['', 'workers nobody', 4, 'there is no worker'],
  ['', 'submit exec echo hi', 2, 'hive submit exec -- echo hello'],
  ['', 'submit exec --memory lots', 2, 'not a size'],
  ['', 'submit exec --timeout 5', 2, '--time-limit'],
  ['', 'submit exec --input {', 2, 'not JSON'],
  ['', 'submit exec --input [1]', 2, 'JSON object'],
  ['', 'submit exec f=@/no/such/file', 2, 'not a file'],
  ['', 'logs --grep ( last', 2, '--grep'],
  ['', 'logs last -o name', 2, 'no names'],
  ['', `get ${ID} nothing.txt`, 4, 'out/cube.stl'],
  ['', 'api GET v1/jobs', 2, 'begins with /'],
  ['', 'api GET /nowhere', 4, 'refused'],
  ['', 'jobs --url nonsense', 3, 'not the address'],
  ['', 'jobs --url http://127.0.0.1:1', 6, 'hive up'],
])('%shive %s ends with %i and says why', async (_, words, code, says) => {
  const result = await run(words);
  expect(result.err).toContain(says);
  expect(result.code).toBe(code);
  expect(result.out).toBe('');
});

test.each([
  [422, 'invalid_input', 2],
  [422, 'unknown_module', 4],
  [422, 'idempotency_conflict', 5],
  [409, 'job_not_terminal', 5],
  [401, 'unauthorized', 3],
  [429, 'queue_full', 1],
  [500, 'internal', 1],
])('%i %s ends with %i', async (status, code, exit) => {
  const more = { hint: 'look there', errors: [{ pointer: '/input/prompt', message: 'required' }] };
  answers['POST /v1/jobs'] = (_, response) => refuse(response, status, code, more);
  const people = await run('submit text-to-3d');
  expect(people.code).toBe(exit);
  expect(people.err).toContain(`✖ refused: ${code}`);
  expect(people.err).toContain('/input/prompt');
  expect(people.err).toContain('look there');
  const machine = await run('submit text-to-3d -o json');
  expect(JSON.parse(machine.err)).toMatchObject({ code, status });
  expect(machine.out).toBe('');
});

test('an error before the command runs is a problem too, where JSON was asked for', async () => {
  const { err, code } = await run('jobs --bogus -o json');
  expect(JSON.parse(err)).toMatchObject({ code: 'usage' });
  expect(code).toBe(2);
});

test('submit sends what the words say, guided by the schema', async () => {
  const file = join(home, 'cat.png');
  await writeFile(file, 'png');
  const words = [
    'submit',
    'text-to-3d',
    'prompt=42',
    'seed=7',
    `image=@${file}`,
    '--name',
    'n',
    '-l',
    'a=b',
    '-l',
    'c=d',
  ];
  const needs = ['--cpu', '2.5', '--memory', '4GiB', '--gpu', '--vram', '8GiB', '--capability', 'x,y'];
  const more = ['-p', 'high', '--retries', '3', '--time-limit', '10m', '--idempotency-key', 'k1'];
  const { code, out } = await run([...words, ...needs, ...more]);
  expect(code).toBe(0);
  expect(out).toBe(`${ID}\n`);
  expect(bodyOf('/v1/jobs')).toEqual({
    module: 'text-to-3d',
    input: { prompt: '42', seed: 7, image: 'upl_x' },
    name: 'n',
    labels: { a: 'b', c: 'd' },
    priority: 'high',
    requirements: {
      cpu: 2.5,
      memory_bytes: 2 ** 32,
      gpu: 'required',
      vram_bytes: 2 ** 33,
      capabilities: ['x', 'y'],
    },
    retry: { user: 3 },
    timeout_seconds: 600,
  });
  expect(
    seen.find((one) => one.method === 'POST' && one.path === '/v1/jobs')?.headers['idempotency-key'],
  ).toBe('k1');
  expect(seen.find((one) => one.path.startsWith('/v1/uploads'))).toMatchObject({
    path: '/v1/uploads?name=cat.png',
    body: 'png',
  });
});

test('what follows -- is the command, whatever it looks like', async () => {
  await run(['submit', 'exec', '--cpu', '2', '--', 'sh', '-c', 'echo -o json', '--', '--help']);
  expect(bodyOf('/v1/jobs')).toEqual({
    module: 'exec',
    input: { command: ['sh', '-c', 'echo -o json', '--', '--help'] },
    requirements: { cpu: 2 },
  });
});

test('--input comes as JSON, from a file, or from stdin', async () => {
  await writeFile(join(home, 'in.json'), '{"a":1}');
  for (const [given, stdin] of [['{"a":1}'], [`@${join(home, 'in.json')}`], ['-', '{"a":1}']] as const) {
    seen = [];
    await run(['submit', 'exec', '--input', given, 'b=2'], stdin === undefined ? {} : { stdin });
    expect(bodyOf('/v1/jobs')).toMatchObject({ input: { a: 1, b: 2 } });
  }
});

test.each([
  ['succeeded', 0],
  ['failed', 8],
  ['quarantined', 8],
  ['canceled', 9],
  ['expired', 9],
] as const)('--wait on a job that ends %s exits %i', async (state, exit) => {
  const error = { cause: 'user', code: 'x', message: 'it broke', hint: 'mend it' } as const;
  const end = makeJob(state, state === 'failed' ? { error } : {});
  answers[`GET /v1/jobs/${ID}`] = (_, response) => send(response, makeJob('running'));
  answers[`GET /v1/jobs/${ID}/events`] = (_, response) => {
    stream(
      response,
      ['job.running', makeJob('running')],
      ['progress', { percent: 10, stage: 'meshing' }],
      ['progress', { percent: 60, stage: 'meshing' }],
      ['progress', { percent: 70, stage: 'painting' }],
      [`job.${state}`, end],
    );
  };
  const people = await run('submit text-to-3d --wait');
  expect(people.code).toBe(exit);
  expect(people.out).toContain(`${ID} ${state} in 1.9 s`);
  if (state === 'succeeded') expect(people.out).toContain(`hive get ${ID}`);
  if (state === 'failed') expect(people.out).toMatch(/it broke[\s\S]*mend it[\s\S]*hive logs/);
  expect(people.err.trimEnd().split('\n')).toEqual([
    `${ID} running`,
    `${ID} running: 10 % meshing`,
    `${ID} running: 70 % painting`,
    `${ID} ${state}`,
  ]);
  const machine = await run('submit text-to-3d --wait -o json --quiet');
  expect(JSON.parse(machine.out)).toMatchObject({ id: ID, state });
  expect(machine).toMatchObject({ code: exit, err: '' });
});

test('--wait names twenty artifacts and counts the others; none with --quiet', async () => {
  const artifacts = Array.from({ length: 10_000 }, (_, n) => ({ ...artifact, name: `f${n}` }));
  const end = makeJob('succeeded', { artifacts: artifacts as unknown as Job['artifacts'] });
  answers[`GET /v1/jobs/${ID}`] = (_, response) => send(response, end);
  const { out } = await run(`job ${ID} --wait`);
  const lines = out.trimEnd().split('\n');
  expect(lines.filter((line) => /^ {2}f\d+ /.test(line))).toHaveLength(20);
  expect(lines.slice(-2)).toEqual([`  … and 9 980 more: hive job ${ID} -o json`, `  → hive get ${ID}`]);
  expect((await run(`job ${ID} --wait --quiet`)).out.split('\n')).toHaveLength(3);
  expect(JSON.parse((await run(`job ${ID} --wait --json`)).out).artifacts).toHaveLength(10_000);
});

test('--wait gives up in time with 7, and on ^C with 130: the job goes on', async () => {
  answers[`GET /v1/jobs/${ID}`] = (_, response) => send(response, makeJob('running'));
  answers[`GET /v1/jobs/${ID}/events`] = (_, response) =>
    stream(response, ['job.running', makeJob('running')]);
  const late = await run('submit text-to-3d --wait --timeout 100ms');
  expect(late.code).toBe(7);
  expect(late.err).toContain('still running');
  const stopped = await run('submit text-to-3d --wait', { interruptAt: 'running' });
  expect(stopped.code).toBe(130);
  expect(stopped.err).toContain(`detached: ${ID} goes on`);
  expect(seen.some((one) => one.path.endsWith('/cancel'))).toBe(false);
});

test('on a terminal the wait is one line that is drawn again and wiped', async () => {
  answers[`GET /v1/jobs/${ID}`] = (_, response) => send(response, makeJob('running'));
  answers[`GET /v1/jobs/${ID}/events`] = (_, response) => {
    stream(response, ['job.running', makeJob('running')], ['progress', { percent: 50, stage: 'meshing' }]);
    const end = { ...makeJob('succeeded') };
    setTimeout(() => response.end(`event: job.succeeded\ndata: ${JSON.stringify(end)}\n\n`), 350);
  };
  const { err, code } = await run(`job ${ID} --wait`, { tty: true });
  expect(code).toBe(0);
  expect(err).toMatch(/\r█{10}░{10} 50 % {2}meshing {2}0:00/);
  expect(err.endsWith('\r\u001b[K')).toBe(true);
  expect(err).not.toContain('\n');
  expect(err.split('\r').length).toBeLessThan(8);
});

test('the last submitted job and the end of an id stand for the id', async () => {
  await run('submit text-to-3d');
  expect((await run('job last -o name')).out).toBe(`${ID}\n`);
  expect((await run('job - -o name')).out).toBe(`${ID}\n`);
  expect((await run('job 4e5f6g -o name')).out).toBe(`${ID}\n`);
  answers['GET /v1/jobs'] = (_, response) => {
    const twins = [makeJob('queued'), makeJob('queued', { id: `job_11${ID.slice(6)}` as Job['id'] })];
    send(response, { data: twins, next_cursor: null, has_more: false });
  };
  const both = await run('job 4e5f6g');
  expect(both.code).toBe(2);
  expect(both.err).toContain('fits 2 jobs');
});

test('jobs pages through and stops at the limit', async () => {
  answers['GET /v1/jobs'] = (request, response) => {
    const page = request.url?.includes('cursor=') ? 2 : 1;
    const data = Array.from({ length: 3 }, () => makeJob('queued'));
    send(response, { data, next_cursor: page === 1 ? 'c' : null, has_more: page === 1 });
  };
  expect(JSON.parse((await run('jobs --all --json')).out)).toHaveLength(6);
  expect(JSON.parse((await run('jobs -n 4 --json')).out)).toHaveLength(4);
  await run('jobs -s queued,running -m exec -l a=b --worker studio');
  expect(seen.map((one) => one.path)).toContain(
    `/v1/jobs?limit=50&module=exec&worker=${WORKER}&state=queued&state=running&label=a%3Db`,
  );
});

test('logs are the bytes as they are, the last lines, or those that match', async () => {
  expect((await run(`logs ${ID}`)).out).toBe(LOG);
  expect((await run(`logs ${ID} -n 2`)).out).toBe('two\n\u001b[31mthree\u001b[0m\u0007\n');
  expect((await run(`logs ${ID} -n 99`)).out).toBe(LOG);
  expect((await run(`logs ${ID} --grep ^t`)).out).toBe('two\n');
  expect((await run(`logs ${ID}`, { tty: true })).out).toBe('one\ntwo\n\u001b[31mthree\u001b[0m\\x07\n');
  expect((await run('logs text-to-3d')).out).toBe(LOG);
});

test('explain says what the nearest worker is short of in a sentence', async () => {
  expect((await run(`explain ${ID}`)).out).toContain(
    '  nearest: studio: it has fewer than 9 cores and is not in eu\n',
  );
});

test.each(['--json', '-o json', '-o jsonl'])('logs %s is an object a line, with its place', async (form) => {
  const lines = async (words: string): Promise<unknown[]> =>
    (await run(`logs ${ID}${words} ${form}`)).out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  const all = [
    { attempt: 1, offset: 0, text: 'one' },
    { attempt: 1, offset: 4, text: 'two' },
    { attempt: 1, offset: 8, text: '\u001b[31mthree\u001b[0m\u0007' },
  ];
  expect(await lines('')).toEqual(all);
  expect(await lines(' -f')).toEqual(all);
  expect(await lines(' -n 2')).toEqual(all.slice(1));
  expect(await lines(' --grep ^t')).toEqual([all[1]]);
  expect((await run('logs --help')).out).toContain('"attempt":1');
});

test('logs --json keeps the lines of two attempts apart', async () => {
  let asked = 0;
  answers[`GET /v1/jobs/${ID}/logs`] = (_, response) => {
    asked += 1;
    response.writeHead(200, { 'hive-log-attempt': String(asked), 'hive-log-offset': '0' });
    response.end(asked === 1 ? 'a\nhalf' : 'new\n');
  };
  answers[`GET /v1/jobs/${ID}`] = (_, response) =>
    send(response, asked < 2 ? makeJob('running', { attempt: 2 }) : makeJob('succeeded', { attempt: 2 }));
  const { out } = await run(`logs ${ID} -f --json`);
  expect(out.trimEnd().split('\n')).toEqual([
    '{"attempt":1,"offset":0,"text":"a"}',
    '{"attempt":1,"offset":2,"text":"half"}',
    '{"attempt":2,"offset":0,"text":"new"}',
  ]);
});

test('logs -f follows to the end and tells how the job ended', async () => {
  answers[`GET /v1/jobs/${ID}`] = (_, response) => send(response, makeJob('failed'));
  const { out, err, code } = await run(`logs -f ${ID}`);
  expect(out).toBe(LOG);
  expect(err).toContain('failed');
  expect(code).toBe(8);
});

test('get writes the artifacts under their names, or one to a file', async () => {
  const { code, out } = await run(['get', ID, '-o', join(home, 'res')]);
  expect(code).toBe(0);
  expect(out.trim()).toBe(join(home, 'res/out/cube.stl'));
  expect(await readFile(join(home, 'res/out/cube.stl'), 'utf8')).toBe(CONTENT);
  const json = await run(['get', ID, '-o', join(home, 'ship.stl'), '--json']);
  expect(JSON.parse(json.out)).toMatchObject([
    { name: 'out/cube.stl', path: join(home, 'ship.stl'), sha256: SHA },
  ]);
  expect(await readFile(join(home, 'ship.stl'), 'utf8')).toBe(CONTENT);
});

test.each(['json', 'jsonl', 'table', 'name'])('get -o %s is refused, -o ./%s is a folder', async (word) => {
  const before = process.cwd();
  const { code, err } = await run(`get ${ID} -o ${word}`);
  expect(code).toBe(2);
  expect(err).toContain(`use --json, or -o ./${word} for a folder of that name`);
  expect(seen).toEqual([]);
  process.chdir(home);
  try {
    expect((await run(`get ${ID} -o ./${word}`)).code).toBe(0);
  } finally {
    process.chdir(before);
  }
  expect(await readFile(join(home, word, 'out/cube.stl'), 'utf8')).toBe(CONTENT);
});

test('get of a job without artifacts is an empty list and a note, and makes no folder', async () => {
  answers[`GET /v1/jobs/${ID}/artifacts`] = (_, response) => send(response, { data: [] });
  const json = await run(['get', ID, '--json', '-o', join(home, 'none')]);
  expect(json).toEqual({ code: 0, out: '[]\n', err: `${ID} has no artifacts\n` });
  const people = await run(['get', ID, '-o', join(home, 'none')]);
  expect(people).toEqual({ code: 0, out: '', err: `${ID} has no artifacts\n` });
  expect(existsSync(join(home, 'none'))).toBe(false);
});

test('get refuses a name that would leave the folder', async () => {
  answers[`GET /v1/jobs/${ID}/artifacts`] = (_, response) =>
    send(response, { data: [{ ...artifact, name: '../../evil' }] });
  const { code, err } = await run(['get', ID, '-o', join(home, 'res')]);
  expect(code).toBe(1);
  expect(err).toContain('leads out of');
});

test('one job that cannot be canceled does not spare the others', async () => {
  const { code, out, err } = await run(`cancel ${OTHER} ${ID} -o json`);
  expect(code).toBe(4);
  expect(JSON.parse(out)).toMatchObject([{ result: 'canceling' }]);
  expect(JSON.parse(err)).toMatchObject({ code: 'job_not_found' });
});

test.each([
  ['canceled', 0],
  ['succeeded', 5],
  ['failed', 5],
] as const)('cancel of a job that already %s ends with %i', async (state, exit) => {
  answers[`POST /v1/jobs/${ID}/cancel`] = (_, response) =>
    send(response, { result: 'already', job: makeJob(state) });
  const { code, out, err } = await run(`cancel ${ID}`);
  expect(code).toBe(exit);
  expect(exit === 0 ? out : err).toContain(`already ${state}`);
  if (exit === 5) {
    expect(out).toBe('');
    expect(JSON.parse((await run(`cancel ${ID} --json`)).err)).toMatchObject({ code: 'already_ended' });
  }
  expect((await run('cancel --help')).out).toContain('5 when one had ended otherwise');
});

test('api passes bytes through', async () => {
  answers['POST /v1/any'] = (request, response, body) =>
    send(response, { body, type: request.headers['content-type'], extra: request.headers['x-a'] });
  const { out } = await run(['api', 'post', '/v1/any', '-d', '{"a":1}', '-H', 'X-A: b']);
  expect(JSON.parse(out)).toEqual({ body: '{"a":1}', type: 'application/json', extra: 'b' });
  expect(JSON.parse((await run(['api', 'POST', '/v1/any', '-d', '-'], { stdin: 'x' })).out)).toMatchObject({
    body: 'x',
  });
});

test('status says it in one sentence, and does not watch where nobody looks', async () => {
  const { out } = await run('status --watch');
  expect(out.split('\n')[0]).toBe('3 jobs running, 12 waiting, 1 of 1 worker healthy.');
  expect(out).toContain('1.0 % of a core');
});

test('doctor names what is broken and the way out', async () => {
  const { out, code } = await run('doctor');
  expect(code).toBe(1);
  expect(out).toMatch(/✔ server: /);
  expect(out).toMatch(/✖ module text-to-3d: no engine\n {4}→ hive pack add tensor/);
  const alone = await run('doctor --url http://127.0.0.1:1');
  expect(alone.out).toMatch(/✖ server: /);
  expect(alone.code).toBe(1);
});

test('the server is found by --url, HIVE_URL, then what hive up left', async () => {
  const { mkdir } = await import('node:fs/promises');
  await mkdir(join(home, 'data/hive'), { recursive: true });
  const left = { url, pid: process.pid, version: '0.1.0', data: '/x' };
  await writeFile(join(home, 'data/hive/server.json'), JSON.stringify(left));
  const env = { HIVE_URL: '', XDG_DATA_HOME: join(home, 'data') };
  expect((await run('version --server -o json', { env })).code).toBe(0);
  const dead = { ...left, url: 'http://127.0.0.1:1', pid: 2 ** 22 + 1 };
  await writeFile(join(home, 'data/hive/server.json'), JSON.stringify(dead));
  const { err } = await run('version --server', { env: { ...env, HIVE_URL: 'http://127.0.0.1:2' } });
  expect(err).toContain('127.0.0.1:2');
});
