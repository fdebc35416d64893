import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type SseMessage, SseParser } from './sse.ts';

const parse = (...pieces: string[]): SseMessage[] => {
  const parser = new SseParser();
  return pieces.flatMap((piece) => parser.push(piece));
};

test('reads id, event and data', () => {
  expect(parse('id: 7\nevent: job.queued\ndata: {"a":1}\n\n')).toEqual([
    { id: '7', event: 'job.queued', data: '{"a":1}' },
  ]);
});

test('joins data lines, keeps the id, ignores comments and unknown fields', () => {
  expect(parse(': hello\nretry: 2000\nid: 1\ndata: a\ndata:  b\ndata\n\nfoo: x\ndata: c\n\n')).toEqual([
    { id: '1', event: 'message', data: 'a\n b\n' },
    { id: '1', event: 'message', data: 'c' },
  ]);
});

test('a block without data tells nothing, and an unfinished one is dropped', () => {
  expect(parse('event: x\nid: 3\n\n', 'data: late')).toEqual([]);
});

test('a byte order mark is skipped and an id with NUL is not taken', () => {
  expect(parse('\uFEFFid: a\0b\ndata: x\n\n')).toEqual([{ id: '', event: 'message', data: 'x' }]);
});

test('any line ending and any split give the same messages', () => {
  const text = 'id: 1\nevent: progress\ndata: {"percent":\ndata: 10}\n\n: beat\n\nid: 2\ndata: é✔\n\n';
  const expected = parse(text);
  fc.assert(
    fc.property(
      fc.constantFrom('\n', '\r', '\r\n'),
      fc.array(fc.nat({ max: text.length * 2 }), { maxLength: 12 }),
      (ending, cuts) => {
        // The last lone CR could be half of a CRLF, so a following line must show that it was not.
        const whole = `${text.replaceAll('\n', ending)}:${ending}`;
        const at = [...new Set([0, ...cuts.filter((cut) => cut < whole.length), whole.length])].sort(
          (a, b) => a - b,
        );
        const pieces = at.slice(1).map((end, index) => whole.slice(at[index], end));
        expect(parse(...pieces)).toEqual(expected);
      },
    ),
  );
});
