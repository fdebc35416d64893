import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { VERSION } from '../src/protocol/version.ts';

const ROOT = resolve(import.meta.dirname, '..');
const read = (name: string) => JSON.parse(readFileSync(resolve(ROOT, name), 'utf8'));

test('the version in the code is the package version', () => {
  expect(VERSION).toBe(read('package.json').version);
});

test('no run-time dependency needs a newer Node than the package promises', () => {
  const lock = read('package-lock.json').packages as Record<
    string,
    { dev?: boolean; engines?: { node?: string } }
  >;
  const tooNew = Object.entries(lock)
    .filter(([name, entry]) => name !== '' && !entry.dev && needsNewerNode(entry.engines?.node ?? ''))
    .map(([name, entry]) => `${name} ${entry.engines?.node}`)
    .filter((line) => !DECLARED_BUT_RUN.some((name) => line.startsWith(`node_modules/${name} `)));
  expect(tooNew).toEqual([]);
});

/** They say Node 22 and run on 20.19: the end-to-end tests go through each of them. */
const DECLARED_BUT_RUN = ['cookie', 'content-disposition', 'fast-querystring'];

/** True when no alternative of the range admits Node 20.19. */
function needsNewerNode(range: string): boolean {
  if (range === '') return false;
  return !range.split('||').some((part) => {
    const low = /(\d+)(?:\.(\d+))?/.exec(part);
    if (low === null) return true;
    const [major, minor] = [Number(low[1]), Number(low[2] ?? 0)];
    const exact = /\^|~/.test(part) || /^\s*\d/.test(part);
    return major < 20 ? !exact || part.includes('>') : major === 20 && minor <= 19;
  });
}

test('the lock file names no registry', () => {
  expect(readFileSync(resolve(ROOT, 'package-lock.json'), 'utf8')).not.toMatch(/"resolved": "http/);
});
