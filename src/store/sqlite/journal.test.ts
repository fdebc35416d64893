import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { WorkerRecord } from '../../core/worker.ts';
import type { GroupId, JobId } from '../../protocol/ids.ts';
import { artifactOf, DONE, failedBy, RESERVE, Stage } from '../conformance/fixture.ts';
import { openDriver } from './driver.ts';
import { openSqliteStore } from './sqlite-store.ts';

const folder = await mkdtemp(join(tmpdir(), 'hive-journal-'));
afterAll(() => rm(folder, { recursive: true }));
const GROUP = `grp_${'0'.repeat(26)}` as GroupId;
const pathOf = (name: string): string => join(folder, name);

const openStage = (name: string, max_bytes?: number): Promise<Stage> =>
  Stage.open(({ clock }) => openSqliteStore({ file: pathOf(name), threads: false, clock, max_bytes }));

/** The file as a crash at this moment would leave it. */
async function crashCopy(name: string, copy: string): Promise<void> {
  await copyFile(pathOf(name), pathOf(copy));
  await copyFile(pathOf(`${name}-wal`), pathOf(`${copy}-wal`));
}

function count(name: string, table: string): unknown {
  const driver = openDriver(pathOf(name));
  try {
    return driver.value(`SELECT count(*) FROM ${table}`, []);
  } finally {
    driver.close();
  }
}

/** Jobs in every state, as far as the file has them by different ways. */
async function fill(stage: Stage): Promise<void> {
  const worker = await stage.hello();
  const labels = { team: 'geo' };
  const ends = await stage.submit({ labels, group_id: GROUP });
  const runs = await stage.submit({ unique_key: 'u', name: 'named "so"' });
  const waits = await stage.submit({ input: { deep: [1, { a: 'é' }] }, priority: 7 });
  await stage.submit({ depends_on: [runs.id, waits.id] });
  await stage.submit({ run_at: stage.clock.now() + 500, deadline_at: stage.clock.now() + 900 });
  await stage.settle(await stage.run(ends, worker), DONE, { artifacts: [artifactOf(1)] });
  const again = await stage.submit({ labels });
  await stage.settle(await stage.run(again, worker), failedBy('user'));
  await stage.jobs.requestCancel([(await stage.submit()).id], 'no more');
  const attempt = await stage.run(runs, worker);
  await stage.jobs.commitCheckpoints([{ attempt, seq: 1, files: [] }]);
}

const see = async ({ jobs }: Stage) => ({
  all: await jobs.listJobs({ limit: 50 }),
  labeled: await jobs.listJobs({ labels: { team: 'geo' }, limit: 50 }),
  grouped: await jobs.countJobs({ tenant: 'default', group_id: GROUP }),
  counts: await jobs.countJobs(),
  artifact: await jobs.getJob({ artifact: artifactOf(1).id }),
  workers: (await jobs.listWorkers()).map(({ id, holds }) => ({ id, holds: [...holds.keys()].sort() })),
  events: await jobs.readEvents({ after: 0, limit: 99 }),
});

test('C12: what the journal alone has is there after a crash', async () => {
  const stage = await openStage('a.db');
  await fill(stage);
  // Claims ride; a submit does not take them along, but a list writes all that was answered.
  await stage.jobs.readEvents({ after: 0, limit: 1 });
  await crashCopy('a.db', 'b.db');
  expect(count('b.db', 'jobs')).toBe(0);
  const before = await see(stage);
  const copy = await openStage('b.db');
  expect(await see(copy)).toEqual(before);
  expect(count('b.db', 'journal')).toBe(0);
  expect(await copy.ready()).toEqual(await stage.ready());
  await copy.store.close();
  await stage.store.close();
});

test('C12: rows that were written and have changed since are as the journal has them', async () => {
  const stage = await openStage('c.db');
  const worker = await stage.hello();
  const [first, second] = [await stage.submit({ labels: { x: 'y' } }), await stage.submit()];
  expect(await stage.jobs.listJobs({ limit: 5 })).toHaveLength(2);
  expect(count('c.db', 'jobs')).toBe(2);
  await stage.settle(await stage.run(first, worker), DONE, { artifacts: [artifactOf(2)] });
  await stage.jobs.patchJobs([{ id: second.id, patch: { labels: { x: 'z' }, priority: -3 } }]);
  await crashCopy('c.db', 'd.db');
  const before = await see(stage);
  const copy = await openStage('d.db');
  expect(await see(copy)).toEqual(before);
  expect(await copy.jobs.listJobs({ labels: { x: 'z' }, limit: 5 })).toHaveLength(1);
  await copy.store.close();
  await stage.store.close();
});

test('C12: a job is placed while it is written, and may be sent once it is on disk', async () => {
  const stage = await openStage('e.db');
  const worker = await stage.hello();
  const job = stage.make();
  const inserting = stage.jobs.insertJobs([{ job }]);
  expect((await stage.ready()).map(({ id }) => id)).toEqual([job.id]);
  const claim = await claimOf(stage, job.id, worker);
  expect(claim).toMatchObject({ kind: 'placed' });
  const after = claim?.kind === 'placed' ? claim.after : undefined;
  expect(after).toBeInstanceOf(Promise);
  await after;
  await inserting;
  const later = await claimOf(stage, (await stage.submit()).id, worker);
  expect(later).not.toHaveProperty('after');
  await stage.store.close();
});

test('C12: a job that a full disk takes back leaves no claim', async () => {
  const stage = await openStage('f.db', 400_000);
  const worker = await stage.hello();
  const job = stage.make({ input: { fill: 'x'.repeat(1_000_000) } });
  const inserting = stage.jobs.insertJobs([{ job }]);
  const claim = await claimOf(stage, job.id, worker);
  const after = claim?.kind === 'placed' ? claim.after : undefined;
  await expect(inserting).rejects.toMatchObject({ code: 'store_unavailable' });
  await expect(after).rejects.toMatchObject({ code: 'store_unavailable' });
  expect(await stage.jobs.getJob({ job: job.id })).toBeNull();
  expect(await stage.holds(worker)).toEqual([]);
  expect(await stage.events()).toEqual(['worker.online']);
  await stage.store.close();
});

async function claimOf(stage: Stage, job_id: JobId, { id, session }: WorkerRecord) {
  const reserve = RESERVE;
  const claim = { job_id, expected_epoch: 0, worker_id: id, expected_session: session, reserve };
  const [result] = await stage.jobs.commitPlacements([{ ...claim, nonce: stage.nonce() }], 30_000);
  return result;
}

test('C12: a claim that is done again because a group failed keeps its time', async () => {
  const stage = await openStage('g.db', 400_000);
  const worker = await stage.hello();
  const job = await stage.submit();
  const at = stage.clock.now();
  const inserting = stage.jobs.insertJobs([{ job: stage.make({ input: { fill: 'x'.repeat(1_000_000) } }) }]);
  const claiming = claimOf(stage, job.id, worker);
  stage.clock.pass(500);
  await expect(inserting).rejects.toMatchObject({ code: 'store_unavailable' });
  expect(await claiming).toMatchObject({ kind: 'placed' });
  expect(await stage.get(job.id)).toMatchObject({ placed_at: at, status: { state: 'starting' } });
  await stage.store.close();
});
