// While developing, the thread runs from source; Node 20 gives a worker no loader of its own before its entry.
import { register } from 'tsx/esm/api';

register();
await import('./sqlite-thread.ts');
