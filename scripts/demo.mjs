// `npm run demo`: installs and builds what is missing, then runs demo/demo.ts on the built product.
import { buildIfNeeded, installIfNeeded, root, run } from './install.mjs';

const started = performance.now();
installIfNeeded();
await buildIfNeeded();
console.error(`ready after ${((performance.now() - started) / 1000).toFixed(1)} s`);
run(process.execPath, ['--import', 'tsx', `${root}demo/demo.ts`, ...process.argv.slice(2)]);
