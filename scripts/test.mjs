// `npm test`: installs and builds what is missing, then check → unit and conformance tests → end-to-end tests.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { buildIfNeeded, installIfNeeded, root } from './install.mjs';
import { findSuites } from './suites.mjs';

const started = performance.now();
installIfNeeded();
const suites = findSuites();
const missing = suites.filter((suite) => suite.required && !suite.ready);
for (const suite of missing)
  console.error(
    `✖ suite ${suite.name} is required (HIVE_TEST_REQUIRE) and not here: ${suite.why}; add it with: ${suite.add}`,
  );
if (missing.length > 0) process.exit(1);
const env = {
  ...process.env,
  HIVE_TEST_HAVE: suites
    .filter((suite) => suite.ready)
    .map((suite) => suite.name)
    .join(','),
};

const steps = [];
const step = (name, body) => {
  const begun = performance.now();
  const ok = body();
  steps.push({ name, ok, seconds: (performance.now() - begun) / 1000 });
  return ok;
};

const npmRun = (script) =>
  spawnSync('npm', ['run', '--silent', script], {
    cwd: root,
    stdio: 'inherit',
    env,
    shell: process.platform === 'win32',
  }).status === 0;
const totals = { passed: 0, failed: 0, skipped: 0 };
const vitest = (project) => {
  const file = `${root}dist/test-${project}.json`;
  rmSync(file, { force: true });
  const args = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ];
  const done = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env });
  const report = JSON.parse(readFileSync(file, 'utf8'));
  totals.passed += report.numPassedTests;
  totals.failed +=
    report.numFailedTests +
    report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
      .length;
  totals.skipped += report.numPendingTests;
  return done.status === 0;
};

await buildIfNeeded();
step('check (format, lint, types, dead code)', () => npmRun('check'));
step('unit and conformance', () => vitest('unit'));
step('end to end', () => vitest('e2e'));
for (const { ok } of steps.slice(0, 1)) ok ? totals.passed++ : totals.failed++;
// A runner that broke without naming a failed test is a failure all the same.
if (totals.failed === 0 && steps.some((one) => !one.ok)) totals.failed = 1;

console.log('');
for (const { name, ok, seconds } of steps) console.log(`${ok ? '✔' : '✖'} ${name} (${seconds.toFixed(0)} s)`);
for (const suite of suites)
  console.log(
    suite.ready
      ? `✔ suite ${suite.name}: ran`
      : `– suite ${suite.name}: skipped, ${suite.why}; add it with: ${suite.add}`,
  );
console.log(`\n${((performance.now() - started) / 1000).toFixed(0)} s`);
console.log(
  `${totals.passed} passed, ${totals.failed} failed${totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''}`,
);
process.exit(totals.failed === 0 ? 0 : 1);
