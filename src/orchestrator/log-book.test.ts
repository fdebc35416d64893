import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openFileBlobs } from '../blobs/fs/file-blobs.ts';
import type { AttemptRef } from '../protocol/attempt.ts';
import { JobId } from '../protocol/ids.ts';
import { ME } from './control-plane.fixture.ts';
import type { Deps } from './deps.ts';
import { type LogBook, openLogBook } from './log-book.ts';

const JOB = JobId.parse(`job_${'0'.repeat(26)}`);
const refOf = (digit: string): AttemptRef => ({ job_id: JOB, epoch: 1, nonce: digit.repeat(32) });

let dir: string;
let book: LogBook;
let holder: AttemptRef;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hive-log-book-'));
  const getJob = async () => ({
    job: { id: JOB, tenant: ME.tenant, epoch: 1, status: { state: 'running', attempt: holder } },
  });
  const blobs = await openFileBlobs({ dir });
  book = openLogBook({ blobs, store: { jobs: { getJob } } } as unknown as Deps);
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const read = async (): Promise<string> =>
  Buffer.from((await book.read(JOB, { attempt: 1, after: 0 }, ME)).bytes).toString();

test('C1, C12: an attempt under a repeated epoch has a log of its own', async () => {
  holder = refOf('a');
  await book.append(holder, 0, Buffer.from('one\n'));
  expect(await read()).toBe('one\n');
  // The claim was lost with the power: the store gives the same epoch to another attempt.
  holder = refOf('b');
  await book.append(holder, 0, Buffer.from('two\n'));
  await book.append(holder, 0, Buffer.from('two\n'));
  await book.append(holder, 4, Buffer.from('three\n'));
  expect(await read()).toBe('two\nthree\n');
  await expect(book.append(refOf('a'), 4, Buffer.from('late\n'))).rejects.toMatchObject({
    code: 'lease_lost',
  });
});
