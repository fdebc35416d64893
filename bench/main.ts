import { coldStart } from './cold-start.ts';
import { dispatch } from './dispatch.ts';
import { latency } from './latency.ts';
import { runSuites } from './report.ts';

await runSuites('bench', { 'cold-start': coldStart, dispatch, latency }, process.argv.slice(2));
