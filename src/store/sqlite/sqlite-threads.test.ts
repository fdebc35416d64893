import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Stage } from '../conformance/fixture.ts';
import { storeConformance } from '../conformance.ts';
import { buildStore } from './built-store.fixture.ts';
import { openSqliteStore } from './sqlite-store.ts';

const folder = await mkdtemp(join(tmpdir(), 'hive-threads-'));
const built = await buildStore('threads');
afterAll(async () => {
  await rm(folder, { recursive: true });
  await built.remove();
});
let files = 0;
const nextFile = (): string => {
  files += 1;
  return join(folder, `${files}.db`);
};

storeConformance('sqlite on its own threads, as built', (options) =>
  built.openSqliteStore({ ...options, file: nextFile(), threads: true }),
);

test('from source the same threads run', async () => {
  const stage = await Stage.open((options) => openSqliteStore({ ...options, file: nextFile() }));
  const job = await stage.submit();
  expect(await stage.get(job.id)).toEqual(job);
  const bad = stage.store.records.put('setting', 'a', { id: 5 } as never);
  await expect(bad).rejects.toMatchObject({ name: 'HiveError', code: 'invalid_request', status: 400 });
  await stage.store.close();
  await expect(stage.submit()).rejects.toMatchObject({ code: 'store_unavailable' });
});
