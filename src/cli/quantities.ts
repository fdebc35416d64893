import { usageError } from './exit.ts';

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** Bytes of `4GiB`, `500MB`, `4g` (binary, as docker has it) or a plain number. */
export function readSize(text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? [];
  const factor = UNITS[unit.toLowerCase()];
  if (number === undefined || factor === undefined) {
    throw usageError(`"${text}" is not a size`, 'write it as 4GiB, 500MB or in bytes');
  }
  return Math.round(Number(number) * factor);
}

const SECONDS: Readonly<Record<string, number>> = { '': 1, ms: 1e-3, s: 1, m: 60, h: 3600, d: 86_400 };

/** Seconds of `90`, `90s`, `10m`, `2h`. */
export function readSeconds(text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? [];
  const factor = SECONDS[unit.toLowerCase()];
  if (number === undefined || factor === undefined) {
    throw usageError(`"${text}" is not a time`, 'write it as 90, 90s, 10m or 2h');
  }
  return Number(number) * factor;
}

/** RFC 3339 of a time of day in any form JavaScript reads, or of `+10m` from now. */
export function readTime(text: string, now = Date.now()): string {
  const at = text.startsWith('+') ? now + readSeconds(text.slice(1)) * 1000 : Date.parse(text);
  if (Number.isNaN(at)) throw usageError(`"${text}" is not a time`, 'write 2026-01-31T18:00:00Z or +10m');
  return new Date(at).toISOString();
}

export function readWhole(text: string): number {
  if (!/^-?\d+$/.test(text)) throw usageError(`"${text}" is not a whole number`);
  return Number(text);
}

export function readNumber(text: string): number {
  if (!/^-?\d+(\.\d+)?$/.test(text)) throw usageError(`"${text}" is not a number`);
  return Number(text);
}

/** `k=v`, gathered over several uses of the option. */
export function gatherPair(text: string, before: Record<string, string> = {}): Record<string, string> {
  const equals = text.indexOf('=');
  if (equals < 1) throw usageError(`"${text}" is not of the form key=value`);
  return { ...before, [text.slice(0, equals)]: text.slice(equals + 1) };
}

/** Several uses and commas alike: `-x a,b -x c`. */
export const gatherWords = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  ...text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== ''),
];
