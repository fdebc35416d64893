// `npm run chaos`: on the built product, in a mount namespace of its own, so that it can mount a small disk and fill it.
import { spawnSync } from 'node:child_process';
import { buildIfNeeded, installIfNeeded, root, run } from './install.mjs';

installIfNeeded();
await buildIfNeeded();
// Root may have one at once; others need a user namespace around it, where the system lets them.
const ways = [['--mount'], ['--map-root-user', '--mount']];
const way = ways.find((words) => spawnSync('unshare', [...words, 'true'], { stdio: 'ignore' }).status === 0);
const [command, ...words] = [...(way === undefined ? [] : ['unshare', ...way]), process.execPath];
run(command, [...words, '--import', 'tsx', `${root}chaos/main.ts`, ...process.argv.slice(2)]);
