// `npm run contract`: every clause of docs/contract.md, the tests that name it, and whether they pass.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { buildIfNeeded, installIfNeeded, root } from './install.mjs';

const CLAUSE = /\bC(\d+)(b?)(?:[–-]C?(\d+))?\b/g;

/** `C3b`, or each of `C1–C9`. */
const clausesIn = (text) =>
  [...text.matchAll(CLAUSE)].flatMap(([, first, letter, last]) =>
    last === undefined
      ? [`C${first}${letter}`]
      : Array.from({ length: Number(last) - Number(first) + 1 }, (_, at) => `C${Number(first) + at}`),
  );

const promises = new Map(
  [...readFileSync(`${root}docs/contract.md`, 'utf8').matchAll(/^\| (C\d+b?) \| (.+?) \|$/gm)].map(
    ([, clause, promise]) => [clause, promise],
  ),
);

/** Only files that name a clause are run. */
const naming = ['src', 'test'].flatMap((folder) =>
  readdirSync(`${root}${folder}`, { recursive: true })
    .map((name) => `${folder}/${name}`)
    .filter((name) => name.endsWith('.test.ts')),
);
const files = naming.filter((name) => {
  const text = readFileSync(root + name, 'utf8');
  return clausesIn(text).length > 0 || /storeConformance|moduleConformance/.test(text);
});

installIfNeeded();
await buildIfNeeded();
const report = `${root}dist/contract.json`;
mkdirSync(`${root}dist`, { recursive: true });
rmSync(report, { force: true });
const args = [
  'node_modules/vitest/vitest.mjs',
  'run',
  ...files,
  '--reporter=json',
  `--outputFile.json=${report}`,
];
spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });

const tests = JSON.parse(readFileSync(report, 'utf8')).testResults.flatMap((file) => file.assertionResults);
let unheld = 0;
let failed = 0;
for (const [clause, promise] of promises) {
  const holding = tests.filter((test) => clausesIn(test.fullName).includes(clause));
  const bad = holding.filter((test) => test.status !== 'passed');
  if (holding.length === 0) unheld++;
  failed += bad.length;
  const mark = holding.length === 0 || bad.length > 0 ? '✖' : '✔';
  console.log(
    `${mark} ${clause.padEnd(4)} ${String(holding.length).padStart(4)} tests  ${promise.slice(0, 100)}`,
  );
  for (const test of bad) console.log(`       ✖ ${test.fullName}`);
}
const named = tests.filter((test) => test.status === 'passed' && clausesIn(test.fullName).length > 0).length;
if (unheld > 0) console.log(`${unheld} clauses are held by no test`);
console.log(`${named} passed, ${failed + unheld} failed`);
process.exit(failed + unheld === 0 ? 0 : 1);
