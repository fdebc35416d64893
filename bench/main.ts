import { coldStart } from './cold-start.ts';
import { dispatch } from './dispatch.ts';
import { fleet, idle } from './idle.ts';
import { latency } from './latency.ts';
import { queueDepth } from './queue-depth.ts';
import { runSuites } from './report.ts';
import { slowDisk } from './slow-disk.ts';

const suites = {
  'cold-start': coldStart,
  dispatch,
  latency,
  idle,
  'queue-depth': queueDepth,
  fleet,
  'slow-disk': slowDisk,
};
await runSuites('bench', suites, process.argv.slice(2));
