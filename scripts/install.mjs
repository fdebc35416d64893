// Installs what package-lock.json names, once: `npm run demo` and `npm test` work on a clone where nothing was installed.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Hive needs Node >= 20.19; this is ${process.version}. https://nodejs.org has newer ones.`);
  process.exit(1);
}

/** Runs a command to its end and ends this process when it fails. `shell` is for npm, a batch file on Windows. */
export function run(command, args, options = {}) {
  const done = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32' && command === 'npm',
    ...options,
  });
  if (done.status !== 0) process.exit(done.status ?? 1);
}

export function installIfNeeded() {
  const marker = `${root}node_modules/.package-lock.json`;
  const fresh =
    existsSync(marker) && statSync(marker).mtimeMs >= statSync(`${root}package-lock.json`).mtimeMs;
  if (fresh) return false;
  console.error('installing dependencies (npm ci) …');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  return true;
}

/** True when a source is newer than the build. */
export async function buildIfNeeded() {
  const { readdirSync } = await import('node:fs');
  const built = `${root}dist/bin/hive.js`;
  const builtAt = existsSync(built) ? statSync(built).mtimeMs : 0;
  const sources = readdirSync(`${root}src`, { recursive: true }).map((name) => `${root}src/${name}`);
  const newest = Math.max(
    ...[...sources, `${root}package-lock.json`, `${root}scripts/build.mjs`].map(
      (path) => statSync(path).mtimeMs,
    ),
  );
  if (builtAt >= newest) return false;
  run(process.execPath, [`${root}scripts/build.mjs`]);
  return true;
}

export const packageJson = () => JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
