// `npm run sim`: the simulation as one bundle, which starts in every thread at once and runs as fast as the product does.
import { fileURLToPath } from 'node:url';
import { installIfNeeded, root, run } from './install.mjs';

installIfNeeded();
const { build } = await import('esbuild');
const outfile = fileURLToPath(new URL('../node_modules/.cache/hive-sim/main.mjs', import.meta.url));
await build({
  entryPoints: [`${root}src/simulation/main.ts`],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  sourcemap: 'inline',
  logLevel: 'warning',
});
run(process.execPath, ['--enable-source-maps', outfile, ...process.argv.slice(2)]);
