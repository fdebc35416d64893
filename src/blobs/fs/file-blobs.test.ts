import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HiveError } from '../../protocol/errors.ts';
import { describeBlobStore } from '../conformance.ts';
import { onDisk } from './disk.ts';
import { openFileBlobs } from './file-blobs.ts';

async function filesIn(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)));
}

describeBlobStore('a folder', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'hive-blobs-'));
  const dir = join(parent, 'blobs');
  await writeFile(join(parent, 'neighbour'), 'untouched');
  const blobs = await openFileBlobs({ dir });
  return {
    blobs,
    leftovers: () => filesIn(dir),
    async close() {
      // Nothing was written or removed outside.
      expect((await readdir(parent)).sort()).toEqual(['blobs', 'neighbour']);
      expect(await readFile(join(parent, 'neighbour'), 'utf8')).toBe('untouched');
      await rm(parent, { recursive: true });
    },
  };
});

describe('a folder of blobs', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'hive-blobs-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));
  const body = (text: string) => Readable.from([Buffer.from(text)]);

  test('keeps everything when it is opened again', async () => {
    const before = await openFileBlobs({ dir });
    const { sha256 } = await before.write(body('abc'));
    const staged = await before.stage('j/1/Ä/x.bin', body('staged'));
    await before.append('logs/j/1', 0, Buffer.from('log'));
    const after = await openFileBlobs({ dir });
    expect(await after.size(sha256)).toBe(3);
    expect(await after.staged('j/1/Ä/x.bin')).toEqual(staged);
    expect(await after.length('logs/j/1')).toBe(3);
  });

  test('drops temp files older than a day when it is opened, and only those', async () => {
    await openFileBlobs({ dir });
    const old = new Date(Date.now() - 25 * 3_600_000);
    await writeFile(join(dir, 'tmp', 'old'), 'x');
    await utimes(join(dir, 'tmp', 'old'), old, old);
    await writeFile(join(dir, 'tmp', 'young'), 'x');
    await openFileBlobs({ dir });
    expect(await readdir(join(dir, 'tmp'))).toEqual(['young']);
  });

  test('hashes again what it has no facts of, or facts that were torn or are about another file', async () => {
    const blobs = await openFileBlobs({ dir });
    const abc = await blobs.stage('j/1/a', body('abc'));
    const files = await filesIn(join(dir, 'staged'));
    const pathOf = (ending: string) => join(dir, 'staged', files.find((file) => file.endsWith(ending)) ?? '');
    const stale = await readFile(pathOf('.facts'), 'utf8');
    for (const torn of ['', '{"size":3', '{"size":3,"sha256":"x"}', 'null', stale.replace('mark', 'bark')]) {
      await writeFile(pathOf('.facts'), torn);
      expect(await blobs.staged('j/1/a')).toEqual(abc);
    }
    await rm(pathOf('.facts'));
    expect(await blobs.staged('j/1/a')).toEqual(abc);
    // As after a power loss between the two renames of a second write: new bytes of the same size, old facts.
    const abd = await blobs.stage('j/1/a', body('abd'));
    await writeFile(pathOf('.facts'), stale);
    expect(await blobs.staged('j/1/a')).toEqual(abd);
    expect(await blobs.promote('j/1/a', abc.sha256)).toBe(null);
    expect(await blobs.promote('j/1/a', abd.sha256)).toEqual(abd);
  });

  test('leaves no empty folders behind', async () => {
    const blobs = await openFileBlobs({ dir });
    await blobs.stage('j/1/deep/er/a', body('abc'));
    await blobs.unstage('j/1/deep/er/');
    expect(await readdir(join(dir, 'staged'))).toEqual([]);
  });

  test('stages and unstages side by side without a failure', async () => {
    const blobs = await openFileBlobs({ dir });
    const work = Array.from({ length: 60 }, async (_, i) => {
      const key = `j/${i % 3}/a${i}`;
      await blobs.stage(key, body(`content ${i}`));
      await blobs.unstage(`j/${i % 3}/`);
    });
    await Promise.all(work);
    await blobs.unstage('');
    expect(await filesIn(dir)).toEqual([]);
  });

  test('holds 100 MB in no memory to speak of', async () => {
    const blobs = await openFileBlobs({ dir });
    const piece = randomBytes(1 << 20);
    const hash = createHash('sha256');
    const before = process.memoryUsage().rss;
    let peak = 0;
    const big = Readable.from(
      (function* () {
        for (let i = 0; i < 100; i += 1) {
          peak = Math.max(peak, process.memoryUsage().rss);
          hash.update(piece);
          yield piece;
        }
      })(),
    );
    const facts = await blobs.write(big);
    expect(facts).toEqual({ size: 100 << 20, sha256: hash.digest('hex') });
    expect(peak - before).toBeLessThan(64 << 20);
  });

  test('says what is wrong with the disk', async () => {
    for (const code of ['ENOSPC', 'EDQUOT', 'EROFS']) {
      const work = onDisk(() => Promise.reject(Object.assign(new Error('low level'), { code })));
      await expect(work).rejects.toMatchObject({ code: 'store_unavailable', retryAfterSeconds: 30 });
    }
    await expect(onDisk(() => Promise.reject(new Error('other')))).rejects.not.toBeInstanceOf(HiveError);
  });

  /** /dev/full takes no byte: a disk that is full, without filling one. */
  test.runIf(process.platform === 'linux')('reports a full disk and keeps the log as it was', async () => {
    const blobs = await openFileBlobs({ dir });
    await mkdir(join(dir, 'appended', 'logs'), { recursive: true });
    await symlink('/dev/full', join(dir, 'appended', 'logs', 'full.log'));
    const error = await blobs.append('logs/full', 0, Buffer.from('x')).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'store_unavailable' });
  });

  test('content lies under its hash in two levels', async () => {
    const blobs = await openFileBlobs({ dir });
    const { sha256 } = await blobs.write(body('abc'));
    const path = join(dir, 'sha256', sha256.slice(0, 2), sha256.slice(2, 4), sha256);
    expect((await stat(path)).size).toBe(3);
  });
});
