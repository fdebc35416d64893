// `npm run bench` and `npm run accept`: on the built product, installed and built if need be.
import { buildIfNeeded, installIfNeeded, root, run } from './install.mjs';

const [folder = 'bench', ...rest] = process.argv.slice(2);
installIfNeeded();
await buildIfNeeded();
run(process.execPath, ['--import', 'tsx', `${root}${folder}/main.ts`, ...rest]);
