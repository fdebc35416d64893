import { coldStart } from './cold-start.ts';
import { latency } from './latency.ts';
import { runSuites } from './report.ts';

await runSuites('bench', { 'cold-start': coldStart, latency }, process.argv.slice(2));
