import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { HandClock, idOf, offerOf, Stage } from '../conformance/fixture.ts';
import { CommitLog } from './commit-log.ts';
import { openDriver } from './driver.ts';
import { EventTape } from './event-tape.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { SqliteTables } from './sqlite-tables.ts';
import { WordTable } from './word-table.ts';

const folder = await mkdtemp(join(tmpdir(), 'hive-riding-'));
afterAll(() => rm(folder, { recursive: true }));

const openStage = (name: string): Promise<Stage> =>
  Stage.open((options) => openSqliteStore({ ...options, file: join(folder, name), threads: false }));

/** Jobs that the file itself shows as held. */
function heldInFile(name: string): unknown {
  const driver = openDriver(join(folder, name));
  try {
    return driver.value('SELECT count(*) FROM jobs WHERE worker IS NOT NULL', []);
  } finally {
    driver.close();
  }
}

test('C12: a claim rides: every read shows it, and the file has it a moment later', async () => {
  const stage = await openStage('moment.db');
  const worker = await stage.hello();
  const job = await stage.submit();
  await stage.place(job, worker);
  expect((await stage.ready()).length).toBe(0);
  expect(heldInFile('moment.db')).toBe(0);
  await expect.poll(() => heldInFile('moment.db'), { timeout: 2000 }).toBe(1);
  const next = await stage.submit();
  await stage.place(next, worker);
  expect(await stage.state(next)).toBe('starting/assigned');
  await stage.store.close();
});

test('C12: a group that fails takes no earlier claim with it', async () => {
  const stage = await openStage('failure.db');
  const worker = await stage.hello();
  const job = await stage.submit();
  const attempt = await stage.place(job, worker);
  const bad = stage.store.records.put('setting', 'a', { id: 5 } as never);
  await expect(bad).rejects.toMatchObject({ code: 'invalid_request' });
  expect(await stage.holds(worker)).toEqual([`${job.id}#1`]);
  expect((await stage.settle(attempt)).kind).toBe('committed');
  expect(await stage.events()).toEqual(['worker.online', 'job.queued', 'job.starting', 'job.succeeded']);
  await stage.store.close();
});

test('C12: beats that change nothing in the file leave nothing behind', async () => {
  const tables = new SqliteTables(10, new EventTape(0, 1));
  const clock = new HandClock();
  const log = new CommitLog({
    tables,
    words: new WordTable([]),
    clock,
    write: async () => {},
    fetch: async () => () => {},
    committed() {},
  });
  const worker_id = idOf('wrk', 1);
  const hello = { kind: 'hello', worker_id, boot_id: 'b', offer: offerOf(), silent_ms: 1 } as const;
  await log.run('upsertWorker', [hello]);
  for (let beat = 0; beat < 100; beat += 1)
    await log.run('renewLeases', [[{ worker_id, session: 1, attempts: [] }], 1000]);
  expect(log.size).toBeGreaterThan(0);
  await expect.poll(() => log.size, { timeout: 2000 }).toBe(0);
  log.stop();
});
