import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JobId, makeId, timeOfId } from './ids.ts';
import { editDistance, nearest } from './nearest.ts';

const bytes = fc.uint8Array({ minLength: 10, maxLength: 10 });
const instant = fc.integer({ min: 0, max: 2 ** 48 - 1 });

test('ids are valid, carry their time, and sort by it', () => {
  fc.assert(
    fc.property(instant, instant, bytes, bytes, (a, b, x, y) => {
      const [first, second] = [makeId('job', a, x), makeId('job', b, y)];
      expect(JobId.safeParse(first).success).toBe(true);
      expect(timeOfId(first)).toBe(a);
      if (a !== b) expect(first < second).toBe(a < b);
    }),
  );
});

test('the suffix is the TypeID of the same UUIDv7', () => {
  // 01890a5d-ac96-774b-bcce-b302099a8057 is the example of the TypeID specification.
  const random = Uint8Array.from([0x77, 0x4b, 0xbc, 0xce, 0xb3, 0x02, 0x09, 0x9a, 0x80, 0x57]);
  expect(makeId('job', 0x01890a5dac96, random)).toBe('job_01h455vb4pex5vsknk084sn02q');
});

test('nearest words: a misspelling, a swap, nothing', () => {
  expect(nearest('txet-to-3d', ['text-to-3d', 'exec', 'test'])).toEqual(['text-to-3d']);
  expect(nearest('exce', ['text-to-3d', 'exec', 'test'])).toContain('exec');
  expect(nearest('quantum', ['text-to-3d', 'exec'])).toEqual([]);
});

test('edit distance is a metric on what it is used for', () => {
  expect(editDistance('tabel', 'table')).toBe(1);
  expect(editDistance('kitten', 'sitting')).toBe(3);
  const word = fc.string({ maxLength: 8 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, b) === 0).toBe(a === b);
      expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
    }),
  );
});
