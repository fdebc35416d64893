import { expect, test } from 'vitest';
import type { Worker } from '../protocol/worker.ts';
import { stateOfWorker } from './worker-words.ts';

test('C7: a cordoned worker is shown as such, a drained one as drained', () => {
  const workerOf = (code: string): Worker => ({ state: 'draining', reason: { code, message: '' } }) as Worker;
  expect(stateOfWorker(workerOf('cordoned'))).toBe('cordoned');
  expect(stateOfWorker(workerOf('draining'))).toBe('draining');
});
