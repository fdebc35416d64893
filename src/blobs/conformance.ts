import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HiveError } from '../protocol/errors.ts';
import type { BlobStore } from './blob-store.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const stream = (...chunks: (Uint8Array | string)[]): Readable =>
  Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
const broken = (...chunks: string[]): Readable =>
  Readable.from(
    (function* () {
      yield* chunks.map((chunk) => Buffer.from(chunk));
      throw new Error('the sender went away');
    })(),
  );

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'no error';
  } catch (error) {
    return error instanceof HiveError ? error.code : String(error);
  }
}

export interface OpenedBlobs {
  readonly blobs: BlobStore;
  /** Everything that is kept, of whatever kind, to show that nothing was left behind. */
  leftovers(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** What every BlobStore must do. */
export function describeBlobStore(name: string, open: () => Promise<OpenedBlobs>): void {
  describe(`${name} keeps the blob contract`, () => {
    let opened: OpenedBlobs;
    let blobs: BlobStore;
    beforeEach(async () => {
      opened = await open();
      blobs = opened.blobs;
    });
    afterEach(() => opened.close());

    const read = async (hash: string, range?: { start: number; end: number }) => {
      const body = await blobs.read(hash, range);
      return body === null ? null : buffer(body);
    };

    describe('content', () => {
      test('what is written is read back under its hash', async () => {
        const bytes = randomBytes(300_000);
        const facts = await blobs.write(stream(bytes.subarray(0, 7), bytes.subarray(7)));
        expect(facts).toEqual({ size: bytes.length, sha256: sha256(bytes) });
        expect(await read(facts.sha256)).toEqual(bytes);
        expect(await blobs.size(facts.sha256)).toBe(bytes.length);
      });

      test('no bytes are content too', async () => {
        const facts = await blobs.write(stream());
        expect(facts.size).toBe(0);
        expect(await read(facts.sha256)).toEqual(Buffer.alloc(0));
      });

      test('ranges are inclusive', async () => {
        const { sha256: hash } = await blobs.write(stream('0123456789'));
        expect(String(await read(hash, { start: 0, end: 0 }))).toBe('0');
        expect(String(await read(hash, { start: 3, end: 5 }))).toBe('345');
        expect(String(await read(hash, { start: 9, end: 9 }))).toBe('9');
      });

      test('the same content may be written twice, also at once', async () => {
        const all = await Promise.all([1, 2, 3, 4].map(() => blobs.write(stream('same'))));
        expect(new Set(all.map((facts) => facts.sha256)).size).toBe(1);
        expect(String(await read(all[0]?.sha256 ?? ''))).toBe('same');
      });

      test('a declared size or hash that differs is refused and leaves nothing', async () => {
        expect(await codeOf(blobs.write(stream('abc'), { size: 4 }))).toBe('content_mismatch');
        expect(await codeOf(blobs.write(stream('abc'), { sha256: sha256(Buffer.from('x')) }))).toBe(
          'content_mismatch',
        );
        expect(await blobs.size(sha256(Buffer.from('abc')))).toBe(null);
        expect(await opened.leftovers()).toEqual([]);
        const expect3 = { size: 3, sha256: sha256(Buffer.from('abc')) };
        expect(await blobs.write(stream('abc'), expect3)).toEqual(expect3);
      });

      test('past the limit it is refused and leaves nothing', async () => {
        expect(await codeOf(blobs.write(stream('abc', 'def'), {}, 5))).toBe('payload_too_large');
        expect(await opened.leftovers()).toEqual([]);
        expect((await blobs.write(stream('abc', 'def'), {}, 6)).size).toBe(6);
      });

      test('a body that breaks leaves nothing', async () => {
        expect(await codeOf(blobs.write(broken('half')))).toContain('the sender went away');
        expect(await codeOf(blobs.stage('k/1/a', broken('half')))).toContain('the sender went away');
        expect(await opened.leftovers()).toEqual([]);
      });

      test('what is removed is gone, once', async () => {
        const { sha256: hash } = await blobs.write(stream('abc'));
        expect(await blobs.remove(hash)).toBe(true);
        expect(await blobs.remove(hash)).toBe(false);
        expect(await blobs.read(hash)).toBe(null);
        expect(await blobs.size(hash)).toBe(null);
      });

      test('what is no hash names nothing', async () => {
        for (const hash of ['', '..', '../../etc/passwd', 'A'.repeat(64), 'g'.repeat(64)]) {
          expect(await blobs.read(hash)).toBe(null);
          expect(await blobs.size(hash)).toBe(null);
          expect(await blobs.remove(hash)).toBe(false);
        }
      });
    });

    describe('staging', () => {
      const abc = { size: 3, sha256: sha256(Buffer.from('abc')) };

      test('staged bytes are no content before they are promoted (C5)', async () => {
        expect(await blobs.stage('job/1/a.txt', stream('abc'))).toEqual(abc);
        expect(await blobs.staged('job/1/a.txt')).toEqual(abc);
        expect(await blobs.size(abc.sha256)).toBe(null);
        expect(await blobs.promote('job/1/a.txt', abc.sha256)).toEqual(abc);
        expect(String(await read(abc.sha256))).toBe('abc');
      });

      test('promoting again is harmless, also at once and after unstage', async () => {
        await blobs.stage('job/1/a.txt', stream('abc'));
        const all = await Promise.all([1, 2, 3].map(() => blobs.promote('job/1/a.txt', abc.sha256)));
        expect(all).toEqual([abc, abc, abc]);
        await blobs.unstage('job/1/');
        expect(await blobs.promote('job/1/a.txt', abc.sha256)).toEqual(abc);
        expect(String(await read(abc.sha256))).toBe('abc');
      });

      test('the same bytes under two keys are both promoted', async () => {
        await blobs.stage('job/1/a', stream('abc'));
        await blobs.stage('job/1/b', stream('abc'));
        expect(await blobs.promote('job/1/a', abc.sha256)).toEqual(abc);
        expect(await blobs.promote('job/1/b', abc.sha256)).toEqual(abc);
      });

      test('what was not staged, or has another hash, is not promoted', async () => {
        expect(await blobs.promote('job/1/a', abc.sha256)).toBe(null);
        expect(await blobs.staged('job/1/a')).toBe(null);
        await blobs.stage('job/1/a', stream('other'));
        expect(await blobs.promote('job/1/a', abc.sha256)).toBe(null);
      });

      test('a second write to a key replaces the first', async () => {
        await blobs.stage('job/1/a', stream('old'));
        await blobs.stage('job/1/a', stream('abc'));
        expect(await blobs.staged('job/1/a')).toEqual(abc);
        expect(await blobs.promote('job/1/a', sha256(Buffer.from('old')))).toBe(null);
        expect(await blobs.promote('job/1/a', abc.sha256)).toEqual(abc);
      });

      test('two writers of one key leave one of the two, whole', async () => {
        const texts = Array.from({ length: 8 }, (_, i) => `${i}`.repeat(1000 + i));
        await Promise.all(texts.map((text) => blobs.stage('job/1/a', stream(text))));
        const facts = await blobs.staged('job/1/a');
        expect(texts.map((text) => sha256(Buffer.from(text)))).toContain(facts?.sha256);
        await blobs.promote('job/1/a', facts?.sha256 ?? '');
        expect(sha256((await read(facts?.sha256 ?? '')) ?? Buffer.alloc(0))).toBe(facts?.sha256);
      });

      test('C9: what is staged can be read, and listed segment by segment', async () => {
        const long = 'n'.repeat(500);
        for (const key of [
          'a/1-x/1/s.json',
          'a/1-x/1/b/c.bin',
          'a/1-x/2/s.json',
          'a/é%.d',
          `a/${long}/k`,
          'b/1',
        ])
          await blobs.stage(key, stream(key));
        const body = await blobs.readStaged('a/1-x/2/s.json');
        expect(body === null ? null : String(await buffer(body))).toBe('a/1-x/2/s.json');
        expect(await blobs.readStaged('a/1-x')).toBeNull();
        expect(await blobs.listStaged('a/')).toEqual(['1-x', long, 'é%.d']);
        expect(await blobs.listStaged('a/1-x/')).toEqual(['1', '2']);
        expect(await blobs.listStaged('a/1-x/1/')).toEqual(['b', 's.json']);
        expect(await blobs.listStaged('nothing/')).toEqual([]);
        await blobs.unstage('a/');
        expect(await blobs.listStaged('a/')).toEqual([]);
      });

      test('unstage drops what starts with the prefix and nothing else', async () => {
        const keys = ['job/1/a', 'job/1/b/c', 'job/1', 'job/10/a', 'job/2/a', 'JOB/1/a'];
        for (const key of keys) await blobs.stage(key, stream(key));
        await blobs.unstage('job/1/');
        const left = async () => {
          const facts = await Promise.all(keys.map((key) => blobs.staged(key)));
          return keys.filter((_, i) => facts[i] !== null);
        };
        expect(await left()).toEqual(['job/1', 'job/10/a', 'job/2/a', 'JOB/1/a']);
        await blobs.unstage('job/1');
        expect(await left()).toEqual(['job/2/a', 'JOB/1/a']);
        await blobs.unstage('nothing/like/this');
        await blobs.unstage('');
        expect(await left()).toEqual([]);
        expect(await opened.leftovers()).toEqual([]);
      });

      test('keys are told apart whatever they hold, and none escapes', async () => {
        const part = fc.oneof(
          fc.constantFrom(
            '..',
            '.',
            '',
            'a',
            'A',
            '%',
            '~',
            '+',
            'a.b',
            'a.blob',
            'a.facts',
            'con',
            ' ',
            'ä',
            '🐝',
          ),
          fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replaceAll('\0', '')),
          fc.constant('long'.repeat(60)),
        );
        const key = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
        await fc.assert(
          fc.asyncProperty(fc.uniqueArray(key, { minLength: 1, maxLength: 6 }), async (keys) => {
            await blobs.unstage('');
            for (const [i, each] of keys.entries()) await blobs.stage(each, stream(`content ${i}`));
            for (const [i, each] of keys.entries()) {
              expect((await blobs.staged(each))?.sha256).toBe(sha256(Buffer.from(`content ${i}`)));
            }
            for (const prefix of [keys[0] ?? '', [...(keys.at(-1) ?? '')].slice(0, 3).join('')]) {
              await blobs.unstage(prefix);
              for (const each of keys) {
                if (each.startsWith(prefix)) expect(await blobs.staged(each)).toBe(null);
              }
            }
          }),
          { numRuns: 40 },
        );
      });
    });

    describe('appended streams', () => {
      const text = (value: string) => Buffer.from(value);

      test('they grow by offset', async () => {
        expect(await blobs.length('logs/j/1')).toBe(0);
        expect(await blobs.append('logs/j/1', 0, text('hello '))).toEqual({ ok: true, length: 6 });
        expect(await blobs.append('logs/j/1', 6, text('world'))).toEqual({ ok: true, length: 11 });
        expect(String(Buffer.from(await blobs.readAppended('logs/j/1', 0, 11)))).toBe('hello world');
        expect(String(Buffer.from(await blobs.readAppended('logs/j/1', 6, 9)))).toBe('wor');
        expect((await blobs.readAppended('logs/j/1', 9, 100)).byteLength).toBe(2);
        expect((await blobs.readAppended('logs/j/1', 50, 100)).byteLength).toBe(0);
        expect((await blobs.readAppended('logs/none/1', 0, 100)).byteLength).toBe(0);
      });

      test('a chunk that does not start at the end changes nothing', async () => {
        await blobs.append('logs/j/1', 0, text('abc'));
        expect(await blobs.append('logs/j/1', 0, text('abc'))).toEqual({ ok: false, length: 3 });
        expect(await blobs.append('logs/j/1', 9, text('x'))).toEqual({ ok: false, length: 3 });
        expect(await blobs.append('logs/new/1', 2, text('x'))).toEqual({ ok: false, length: 0 });
        expect(await blobs.append('logs/j/1', 3, text(''))).toEqual({ ok: true, length: 3 });
        expect(String(Buffer.from(await blobs.readAppended('logs/j/1', 0, 99)))).toBe('abc');
      });

      test('of appends at the same offset at once, one wins', async () => {
        const all = await Promise.all(
          ['a', 'b', 'c', 'd'].map((char) => blobs.append('logs/j/1', 0, text(char.repeat(10)))),
        );
        expect(all.filter(({ ok }) => ok)).toHaveLength(1);
        expect(await blobs.length('logs/j/1')).toBe(10);
      });

      test('removed by prefix', async () => {
        await blobs.append('logs/j/1', 0, text('abc'));
        await blobs.append('logs/j/2', 0, text('abc'));
        await blobs.append('logs/k/1', 0, text('abc'));
        await blobs.removeAppended('logs/j/');
        expect(await blobs.length('logs/j/1')).toBe(0);
        expect(await blobs.length('logs/k/1')).toBe(3);
        expect(await blobs.append('logs/j/1', 0, text('new'))).toEqual({ ok: true, length: 3 });
      });

      test('they are the same as one buffer, whatever is done to them', async () => {
        const step = fc.record({ offset: fc.nat(40), size: fc.nat(20) });
        await fc.assert(
          fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.nat(40), async (steps, from) => {
            await blobs.removeAppended('');
            let model = Buffer.alloc(0);
            for (const { offset, size } of steps) {
              const chunk = randomBytes(size);
              const ok = offset === model.length;
              if (ok) model = Buffer.concat([model, chunk]);
              expect(await blobs.append('l', offset, chunk)).toEqual({ ok, length: model.length });
            }
            const got = await blobs.readAppended('l', from, from + 10);
            expect(Buffer.from(got)).toEqual(model.subarray(from, from + 10));
          }),
          { numRuns: 40 },
        );
      });
    });
  });
}
