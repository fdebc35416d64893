import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { storeConformance } from '../conformance.ts';
import { openSqliteStore } from './sqlite-store.ts';

const folder = await mkdtemp(join(tmpdir(), 'hive-store-'));
afterAll(() => rm(folder, { recursive: true }));
let files = 0;

storeConformance('sqlite on the caller’s thread', (options) => {
  files += 1;
  return openSqliteStore({ ...options, file: join(folder, `${files}.db`), threads: false });
});
