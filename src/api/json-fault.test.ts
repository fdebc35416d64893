import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findJsonFault } from './json-fault.ts';

const parses = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

test('finds a fault exactly where JSON.parse does', () => {
  const bits = fc.constantFrom(
    ...[
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '\\',
      '\\u00e9',
      '1',
      '-',
      '0',
      '01',
      '1e5',
      '1.',
      '.5',
      'true',
    ],
    ...['nul', 'null', ' ', '\n', '\t', '\u0001', '\u007f', 'é', '🐝', 'x', '"\\x"', '"\\ud83d"', '\u00a0'],
  );
  const text = fc.oneof(
    fc.array(bits, { maxLength: 12 }).map((parts) => parts.join('')),
    fc.json(),
    fc
      .tuple(fc.json(), fc.nat(200), bits)
      .map(([json, at, bit]) => json.slice(0, at) + bit + json.slice(at + 1)),
  );
  fc.assert(
    fc.property(text, (value) => {
      const fault = findJsonFault(value);
      expect(fault === null, value).toBe(parses(value));
      if (fault === null) return;
      expect(fault.offset).toBeLessThanOrEqual(value.length);
      // What stands before the fault can still become JSON in some way: cutting there moves no fault forward.
      const before = findJsonFault(value.slice(0, fault.offset));
      if (before !== null) expect(before.offset).toBeLessThanOrEqual(fault.offset);
    }),
    { numRuns: 4000 },
  );
});

test('counts lines and columns from one', () => {
  expect(findJsonFault('{\n  "a": 1,\n  b: 2\n}')).toMatchObject({ line: 3, column: 3, offset: 14 });
  expect(findJsonFault('[1, 2')).toMatchObject({ offset: 5, found: 'the end of the text' });
});

test('is linear in the text', () => {
  const started = performance.now();
  findJsonFault(`["${'x'.repeat(8_000_000)}", ${'[1,'.repeat(500_000)}`);
  expect(performance.now() - started).toBeLessThan(2000);
});
