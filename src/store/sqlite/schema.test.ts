import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { JobRecord } from '../../core/job.ts';
import {
  artifactOf,
  HandClock,
  idOf,
  nonceOf,
  RESERVE,
  SHAPE,
  START,
  specOf,
} from '../conformance/fixture.ts';
import { type Driver, openDriver } from './driver.ts';
import { migrate } from './schema.ts';
import { openSqliteStore } from './sqlite-store.ts';

const folder = await mkdtemp(join(tmpdir(), 'hive-schema-'));
afterAll(() => rm(folder, { recursive: true }));

const CLASS = '[["module:echo"],[],null,"none",0,0,1,1024]';
const WORKER = idOf('wrk', 1);
const ATTEMPT = [1, nonceOf(7), WORKER, 3, START + 30_000, START, START, 1, 1, 1024, 0, []];
const STATES = { queued: 1, running: 3, succeeded: 4 } as const;

/** A row as the first version wrote it. */
function insertFirst(
  driver: Driver,
  n: number,
  state: keyof typeof STATES,
  over: Record<number, unknown>,
): void {
  const spec = specOf(idOf('job', n), START, { labels: n === 3 ? { team: 'geo' } : {} });
  const { principal, name, input, files, timeout_ms, run_at, group_id, retry_of } = spec;
  const facts = { principal, name, input, files, timeout_ms, run_at, group_id, retry_of };
  const { id, tenant, module, retry, created_at, deadline_at, labels, requirements } = spec;
  const base = [id, tenant, module, retry, created_at, deadline_at, labels, requirements, CLASS];
  const doc: unknown[] = [[STATES[state], state, `is ${state}`], 0, START, START, null, 0, [0, 0, 0, 0], []];
  doc.push(null, null, null, null, [], null, null, START, null, null, null, [START, 1, 'submitted', 0]);
  for (const [at, value] of Object.entries(over)) doc[Number(at)] = value;
  driver.run('INSERT INTO specs VALUES (?, ?, ?)', [n, JSON.stringify(facts), JSON.stringify(base)]);
  const worker = state === 'queued' ? null : WORKER;
  const lease = state === 'running' ? START + 30_000 : null;
  const ended = state === 'succeeded' ? START + 9 : null;
  const ready = state === 'queued' ? 1 : null;
  driver.run(
    `INSERT INTO jobs (n, id, module, tenant, state, ready, rank, lease_until, worker, finished_at, doc)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [n, id, module, tenant, STATES[state], ready, START, lease, worker, ended, JSON.stringify(doc)],
  );
  driver.run('INSERT INTO counts VALUES (?, 1)', [STATES[state]]);
}

function fillFirst(driver: Driver): void {
  driver.run('INSERT INTO classes VALUES (1, ?)', [CLASS]);
  insertFirst(driver, 1, 'queued', {});
  insertFirst(driver, 2, 'running', { 0: [3, 'started', 'runs', ATTEMPT, false], 5: 1, 14: WORKER });
  const result = { engine: 'builtin', output: 1, metrics: {}, warnings: [] };
  const settled = { epoch: 2, nonce: nonceOf(8), hash: 'h' };
  const done = { 5: 2, 10: result, 12: [artifactOf(5)], 13: settled, 14: WORKER, 18: START + 9 };
  insertFirst(driver, 3, 'succeeded', done);
  driver.run("INSERT INTO labels VALUES ('team', 'geo', ?)", [idOf('job', 3)]);
  driver.run('INSERT INTO artifacts VALUES (?, ?)', [idOf('art', 5), idOf('job', 3)]);
  driver.run('INSERT INTO events VALUES (1, 1, ?, ?)', [
    START,
    `[["${idOf('job', 1)}",null,"queued","submitted","waits",null]]`,
  ]);
}

test('migrations: a file of the first version opens with all that it held', async () => {
  const file = join(folder, 'first.db');
  const driver = openDriver(file);
  migrate(driver, file, 1);
  fillFirst(driver);
  driver.close();
  const store = await openSqliteStore({ file, threads: false, clock: new HandClock() });
  const read = async (n: number): Promise<JobRecord | undefined> =>
    (await store.jobs.getJob({ job: idOf('job', n) }))?.job;
  const first = await read(1);
  expect(first).toMatchObject({ ...specOf(idOf('job', 1), START), rank: START, class_key: CLASS, epoch: 0 });
  expect(first).toMatchObject({ checkpoint: null, concurrency: null, status: { state: 'queued' } });
  expect((await store.jobs.getJob({ job: idOf('job', 1) }))?.position).toBe(1);
  expect((await read(2))?.status).toMatchObject({
    state: 'running',
    attempt: { nonce: nonceOf(7), worker_id: WORKER, lease_until: START + 30_000, reserve: RESERVE },
  });
  expect(await read(3)).toMatchObject({
    status: { state: 'succeeded' },
    result: { engine: 'builtin', output: 1 },
    labels: { team: 'geo' },
    artifacts: [artifactOf(5)],
    finished_at: START + 9,
  });
  const { jobs } = store;
  expect((await jobs.getJob({ artifact: idOf('art', 5) }))?.job.id).toBe(idOf('job', 3));
  expect((await jobs.listJobs({ labels: { team: 'geo' }, limit: 9 })).length).toBe(1);
  expect((await jobs.listJobs({ worker_id: WORKER, limit: 9 })).length).toBe(2);
  expect((await jobs.listJobs({ tenant: 'default', state: ['queued'], limit: 9 })).length).toBe(1);
  expect((await jobs.countJobs()).by_state).toMatchObject({ queued: 1, running: 1, succeeded: 1 });
  expect((await jobs.readEvents({ after: 0, limit: 9 })).events).toMatchObject([{ type: 'job.queued' }]);
  const ready = await jobs.readReady({ shapes: [SHAPE], classes: 8, per_class: 8 });
  expect(ready.map((job) => job.id)).toEqual([idOf('job', 1)]);
  const outcome = { status: 'lost', code: 'lease_expired', message: 'gone' } as const;
  const attempt = { job_id: idOf('job', 2), epoch: 1, nonce: nonceOf(7) };
  const item = { attempt, outcome, hash: 'x', artifacts: [], jitter: 0 };
  expect(await jobs.settle([item])).toMatchObject([{ kind: 'committed', job: { lost_workers: [WORKER] } }]);
  await store.close();
});
