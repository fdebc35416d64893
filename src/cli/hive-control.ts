import { fileURLToPath } from 'node:url';
import { translate } from './control-verbs.ts';
import { EXIT } from './exit.ts';
import { runProcess } from './run-process.ts';

const [, , first] = process.argv;
const asked = translate(process.argv.slice(2));
if ('argv' in asked) {
  // A worker that `start` starts is the other entry, which lies beside this one.
  const entry = fileURLToPath(import.meta.url).replace(/hive-control(\.[a-z]+)$/, 'hive$1');
  await runProcess(asked.argv, entry);
} else if (first === 'help' || first === '--help' || first === '-h') {
  process.stdout.write(`${asked.unknown}\n`);
} else {
  process.stderr.write(`✖ ${asked.unknown}\n`);
  process.exitCode = EXIT.usage;
}
