import module from 'node:module';
import { fileURLToPath } from 'node:url';
import { runProcess } from './run-process.ts';

// From Node 22 on: the second start need not compile the code again.
if ('enableCompileCache' in module) (module.enableCompileCache as () => void)();

await runProcess(process.argv.slice(2), fileURLToPath(import.meta.url));
