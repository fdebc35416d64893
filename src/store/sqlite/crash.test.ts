import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, test } from 'vitest';
import { idOf, RESERVE, START, Stage } from '../conformance/fixture.ts';
import type { Store } from '../record-store.ts';
import { buildStore } from './built-store.fixture.ts';
import { openDriver } from './driver.ts';
import { openSqliteStore } from './sqlite-store.ts';

const folder = await mkdtemp(join(tmpdir(), 'hive-crash-'));
const built = await buildStore('crash');
afterAll(async () => {
  await rm(folder, { recursive: true });
  await built.remove();
});
const open = (file: string): Promise<Store> => openSqliteStore({ file, threads: false });
const openStage = (file: string): Promise<Stage> =>
  Stage.open(({ clock, max_queued }) => openSqliteStore({ file, threads: false, clock, max_queued }));

/** Submits without end and prints each id once it was acknowledged. */
const SUBMITTER = `
const { openSqliteStore } = await import(process.argv[2]);
const store = await openSqliteStore({ file: process.argv[3] });
const job = JSON.parse(process.argv[4]);
for (let number = 0; ; number += 1) {
  const id = 'job_' + String(number).padStart(26, '0');
  const [result] = await store.jobs.insertJobs([{ job: { ...job, id } }]);
  if (result.kind === 'created') process.stdout.write(id + '\\n');
}
`;

async function startSubmitter(file: string, job: unknown): Promise<ChildProcess> {
  const script = join(folder, 'submitter.mjs');
  await writeFile(script, SUBMITTER);
  return spawn(process.execPath, [script, built.url, file, JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

test('C12: acknowledged writes survive kill -9, and the lock dies with its holder', async () => {
  const file = join(folder, 'killed.db');
  const stage = await Stage.open(async ({ clock }) =>
    openSqliteStore({ file: join(folder, 'x.db'), threads: false, clock }),
  );
  const child = await startSubmitter(file, stage.make());
  await stage.store.close();
  const acknowledged: string[] = [];
  if (child.stdout === null) throw new Error('no output');
  for await (const line of createInterface(child.stdout)) {
    acknowledged.push(line);
    if (acknowledged.length === 1) {
      await expect(open(file)).rejects.toThrow(`process ${child.pid}`);
      await expect(open(file)).rejects.toMatchObject({
        code: 'store_unavailable',
        hint: expect.stringContaining('kill'),
      });
    }
    if (acknowledged.length === 100) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
  const store = await open(file);
  for (const id of acknowledged) expect(await store.jobs.getJob({ job: id as never })).not.toBeNull();
  const { by_state } = await store.jobs.countJobs();
  expect(by_state.queued).toBeGreaterThanOrEqual(acknowledged.length);
  expect((await store.jobs.readEvents({ after: 0, limit: 1 })).last_seq).toBe(by_state.queued);
  await store.close();
}, 20_000);

test('C4: a reopened file knows its jobs, holds, workers, roles, records and history', async () => {
  const file = join(folder, 'reopened.db');
  const first = await openStage(file);
  const worker = await first.hello();
  const [runs, waits, stranded] = [await first.submit(), await first.submit(), await first.submit()];
  await first.run(runs, worker);
  const attempt = await first.run(stranded, worker);
  await first.jobs.requestCancel([stranded.id], 'stop');
  await first.settle(attempt, { status: 'lost', code: 'lease_expired', message: 'silence' });
  await first.jobs.holdRole('scaler', 'a', 1000);
  await first.store.records.put('quota', 'acme', { id: 'acme', max_running: 1, max_waiting: 2 });
  const concurrency = { key: 'k', max: 1 };
  const sole = await first.submit({ tenant: 'acme', concurrency });
  await first.run(sole, worker);
  const blocked = await first.submit({ depends_on: [runs.id, waits.id] });
  const limited = await first.submit({
    concurrency,
    tenant: 'acme',
    unique_key: 'u',
    deadline_at: START + 500,
  });
  await first.store.records.put('setting', 's', { id: 's', value: 1 });
  const see = async (stage: Stage) => ({
    jobs: await stage.jobs.listJobs({ limit: 10 }),
    workers: await stage.jobs.listWorkers(),
    ready: await stage.ready(),
    events: await stage.jobs.readEvents({ after: 0, limit: 99 }),
    counts: await stage.jobs.countJobs(),
    position: (await stage.jobs.getJob({ job: waits.id }))?.position,
    blocked: await stage.get(blocked.id),
    limited: (await stage.jobs.getJob({ job: limited.id }))?.limited,
    same: await stage.jobs.insertJobs([{ job: stage.make({ tenant: 'acme', unique_key: 'u' }) }]),
    role: await stage.jobs.holdRole('scaler', 'b', 1000),
    record: await stage.store.records.get('setting', 's'),
    sweep: await stage.sweep(),
  });
  const before = await see(first);
  const held = [runs, stranded, sole].map(({ id }) => [`${id}#1`, RESERVE] as const);
  expect(before.workers[0]?.holds).toEqual(new Map(held));
  await first.store.close();
  const second = await openStage(file);
  expect(await see(second)).toEqual(before);
  await second.hello();
  expect(await second.holds(worker)).toEqual([`${runs.id}#1`, `${sole.id}#1`]);
  await second.store.close();
});

test('a file of a newer version is refused and left as it is', async () => {
  const file = join(folder, 'newer.db');
  await (await open(file)).close();
  const driver = openDriver(file);
  driver.exec('PRAGMA user_version = 99');
  driver.close();
  await expect(open(file)).rejects.toMatchObject({
    code: 'store_unavailable',
    message: expect.stringContaining('newer Hive (schema 99'),
  });
  const after = openDriver(file);
  expect(after.value('PRAGMA user_version', [])).toBe(99);
  after.close();
});

test('a second store on the same file is refused, also in one process', async () => {
  const file = join(folder, 'twice.db');
  const store = await open(file);
  await expect(open(file)).rejects.toThrow(`process ${process.pid}`);
  await store.close();
  await (await open(file)).close();
});

test.skipIf(process.platform === 'win32')('a read-only file is refused with the way out', async () => {
  const file = join(folder, 'readonly.db');
  await (await open(file)).close();
  await chmod(folder, 0o777);
  await chmod(`${file}.lock`, 0o666);
  await chmod(file, 0o444);
  // Root may write everything, so it steps down for a moment.
  const root = process.geteuid?.() === 0;
  if (root) process.seteuid?.(65_534);
  try {
    await expect(open(file)).rejects.toMatchObject({
      code: 'store_unavailable',
      hint: expect.stringContaining('writable'),
    });
  } finally {
    if (root) process.seteuid?.(0);
  }
});

test('a folder that does not exist is refused', async () => {
  const missing = join(folder, 'no', 'such', 'folder.db');
  await expect(open(missing)).rejects.toMatchObject({ code: 'store_unavailable' });
  await expect(built.openSqliteStore({ file: missing })).rejects.toMatchObject({ code: 'store_unavailable' });
});

test('C12: one bad verb in a group fails alone', async () => {
  const stage = await openStage(join(folder, 'bad.db'));
  const twice = await stage.submit();
  const [a, b] = [stage.make(), stage.make()];
  const results = await Promise.allSettled([
    stage.jobs.insertJobs([{ job: a }]),
    stage.jobs.insertJobs([{ job: twice }]),
    stage.jobs.insertJobs([{ job: b }]),
  ]);
  expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(results[1]).toMatchObject({ reason: { code: 'internal' } });
  expect((await stage.jobs.countJobs()).by_state.queued).toBe(3);
  expect((await stage.ready()).map((job) => job.id)).toEqual([twice.id, a.id, b.id]);
  await stage.store.close();
});

test('C12: a full disk answers store_unavailable, acknowledges nothing, and is survived', async () => {
  const file = join(folder, 'full.db');
  const stage = await Stage.open(async ({ clock }) =>
    openSqliteStore({ file, threads: false, clock, max_bytes: 800_000 }),
  );
  const bulk = () => stage.jobs.insertJobs([{ job: stage.make({ input: { fill: 'x'.repeat(50_000) } }) }]);
  let stored = 0;
  let refused: unknown = null;
  while (refused === null && stored < 1000) {
    await bulk().then(
      () => {
        stored += 1;
      },
      (error: unknown) => {
        refused = error;
      },
    );
  }
  expect(refused).toMatchObject({ code: 'store_unavailable', status: 503, retryAfterSeconds: 5 });
  expect((await stage.jobs.countJobs()).by_state.queued).toBe(stored);
  const first = idOf('job', 1);
  expect(await stage.jobs.requestCancel([first], 'make room')).toMatchObject([{ kind: 'canceled' }]);
  stage.clock.pass(1);
  await stage.jobs.prune({ jobs_before: stage.clock.now(), events_before: 0, max_events: 1e6, limit: 5 });
  expect(await bulk()).toMatchObject([{ kind: 'created' }]);
  await stage.store.close();
});
