import { mkdtempSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LogFile } from './process-log.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hive-process-log-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });

test('C12: a full disk drops lines and says so once there is room; nothing is thrown and nothing is kept', () => {
  const file = join(dir, 'hive.log');
  let room = true;
  const log = new LogFile(file, (fd, text, done) => (room ? done(null, writeSync(fd, text)) : done(full, 0)));
  log.write('one\n');
  room = false;
  log.write('two\n');
  log.write('three\n');
  room = true;
  log.write('four\n');
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  expect(lines).toMatchObject(['one', expect.stringContaining('dropped 2 lines'), 'four']);
});

test.skipIf(process.platform !== 'linux')('the kernel says that the device is full', async () => {
  const log = new LogFile('/dev/full');
  log.write('one\n');
  await new Promise((resolve) => setImmediate(resolve));
  log.write('two\n');
  expect(() => log.close()).not.toThrow();
});

test('lines that come while one is written follow in their order', async () => {
  const file = join(dir, 'hive.log');
  const waiting: (() => void)[] = [];
  const log = new LogFile(file, (fd, text, done) => waiting.push(() => done(null, writeSync(fd, text))));
  for (const line of ['one\n', 'two\n', 'three\n']) log.write(line);
  for (const go of waiting) go();
  expect(readFileSync(file, 'utf8')).toBe('one\ntwo\nthree\n');
});
