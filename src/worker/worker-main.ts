import { startWorker } from './agent.ts';
import type { WorkerConfig } from './config.ts';
import type { RunningWorker } from './running-worker.ts';

/** Runs a worker as the whole of this process: signals drain it, a second one kills. Resolves with the exit code. */
export async function runWorker(config: WorkerConfig): Promise<number> {
  const worker = await startWorker(config);
  const release = obeySignals(worker);
  try {
    return (await worker.ended).code;
  } finally {
    release();
  }
}

const NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const;

function obeySignals(worker: RunningWorker): () => void {
  let first = true;
  const obey = (signal: keyof typeof NUMBERS): void => {
    const leaving = first
      ? worker.drain(`the worker got ${signal}`)
      : worker.kill(`the worker got ${signal} again`, 128 + NUMBERS[signal]);
    first = false;
    void leaving;
  };
  const names = ['SIGINT', 'SIGTERM'] as const;
  for (const name of names) process.on(name, obey);
  return () => {
    for (const name of names) process.off(name, obey);
  };
}
