import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineCutter, TerminalText } from './log-text.ts';
import type { Palette } from './palette.ts';
import { readSeconds, readSize, readTime } from './quantities.ts';
import { layTable } from './table.ts';
import { age, duration, fileSize, memorySize, plain, truncate, widthOf } from './text.ts';

const palette: Palette = {
  colour: (_, text) => text,
  ok: '✔',
  fail: '✖',
  note: '-',
  active: '●',
  waiting: '◌',
  bar: ['#', '.'],
};

test('what could move a cursor or disguise itself is shown, not sent', () => {
  expect(plain('a\u001b[2Jb\r\nc\u0007\u009b0m')).toBe('a\\x1b[2Jb\\x0d\\nc\\x07\\x9b0m');
  expect(plain('exe\u202egpj.sh')).toBe('exe\\u202egpj.sh');
  expect(plain('größe ✔ 日本')).toBe('größe ✔ 日本');
});

test('no cell of a table lets a control character through', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'binary' })),
      fc.option(fc.nat(60), { nil: undefined }),
      (cells, width) => {
        const columns = [
          { title: 'A', value: (text: string) => text, flexible: true },
          { title: 'B', value: () => 'x' },
        ];
        const table = layTable(cells, columns, palette, width);
        expect(table).not.toMatch(/(?!\n)\p{Cc}/u);
        expect(table.split('\n')).toHaveLength(cells.length + 2);
      },
    ),
  );
});

test('a table fits the terminal by cutting what may be cut', () => {
  const rows = [{ id: 'job_1', name: 'n'.repeat(100) }];
  const columns = [
    { title: 'ID', value: (row: { id: string }) => row.id },
    { title: 'NAME', value: (row: { name: string }) => row.name, flexible: true },
  ];
  const lines = layTable(rows, columns, palette, 40).trimEnd().split('\n');
  expect(Math.max(...lines.map(widthOf))).toBe(40);
  expect(lines[1]).toMatch(/^job_1 {2}n+…$/);
  expect(layTable(rows, columns, palette)).toContain('n'.repeat(100));
});

test('widths count columns, not characters', () => {
  expect(widthOf('日本')).toBe(4);
  expect(widthOf('e\u0301')).toBe(1);
  expect(widthOf('\u001b[31mred\u001b[39m')).toBe(3);
  expect(truncate('abcdef', 4)).toBe('abc…');
});

test('a log keeps its colours and loses its powers, however it is cut', () => {
  const text = 'a\u001b[31mred\u001b[0m\tb\r\n\u001b]0;title\u0007\u001b[2Jé\u001b';
  const bytes = new TextEncoder().encode(text);
  const expected = 'a\u001b[31mred\u001b[0m\tb\r\n\\x1b]0;title\\x07\\x1b[2Jé\\x1b';
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
      const shown = new TerminalText();
      const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      const pieces = at.slice(1).map((end, index) => shown.push(bytes.subarray(at[index], end)));
      expect(pieces.join('') + shown.end()).toBe(expected);
    }),
  );
});

test('lines are whole however the bytes come', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', '\n')), fc.nat(5), (chars, size) => {
      const cutter = new LineCutter();
      const bytes = Buffer.from(chars.join(''));
      const lines = [];
      for (let at = 0; at < bytes.length; at += size + 1) {
        lines.push(...cutter.push(bytes.subarray(at, at + size + 1)));
      }
      lines.push(...cutter.end());
      expect(lines.map(String)).toEqual(bytes.toString().match(/[^\n]*\n|[^\n]+$/g) ?? []);
    }),
  );
});

test('sizes and times read and write', () => {
  expect(readSize('4GiB')).toBe(4 * 2 ** 30);
  expect(readSize('4g')).toBe(4 * 2 ** 30);
  expect(readSize('500MB')).toBe(5e8);
  expect(readSize('123')).toBe(123);
  expect(() => readSize('many')).toThrow(/not a size/);
  expect(readSeconds('90')).toBe(90);
  expect(readSeconds('10m')).toBe(600);
  expect(() => readSeconds('soon')).toThrow(/not a time/);
  expect(readTime('+10m', 0)).toBe('1970-01-01T00:10:00.000Z');
  expect(readTime('2026-01-31T18:00:00Z')).toBe('2026-01-31T18:00:00.000Z');
  expect(fileSize(4100)).toBe('4.1 kB');
  expect(fileSize(0)).toBe('0 B');
  expect(fileSize(999_999)).toBe('1.0 MB');
  expect(memorySize(24 * 2 ** 30)).toBe('24 GiB');
  expect(duration(26)).toBe('26 ms');
  expect(duration(1900)).toBe('1.9 s');
  expect(duration(59_990)).toBe('0m59s');
  expect(duration(130_000)).toBe('2m10s');
  expect(duration(3_900_000)).toBe('1h05m');
  expect(duration(90_000_000)).toBe('1d1h');
  expect(age('2026-01-01T00:00:00Z', Date.parse('2026-01-01T02:00:00Z'))).toBe('2h');
});
