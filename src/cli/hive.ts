import { fileURLToPath } from 'node:url';
import { runProcess } from './run-process.ts';

await runProcess(process.argv.slice(2), fileURLToPath(import.meta.url));
