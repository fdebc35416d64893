import { availableParallelism } from 'node:os';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { MUTANTS } from './mutants.ts';
import { runSeed, type SeedReport } from './scenario.ts';

interface Share {
  readonly seeds: readonly number[];
  readonly mutant: string | null;
}

/** Runs seeds on every core; a mutant's run ends at its first violation. */
export async function runSeeds(
  seeds: readonly number[],
  mutant: string | null,
  entry: URL,
  done: (report: SeedReport) => void,
): Promise<void> {
  const threads = Math.max(1, Math.min(availableParallelism(), 4, Math.ceil(seeds.length / 8)));
  const workers = Array.from({ length: threads }, (_, part) => {
    const share: Share = { seeds: seeds.filter((_, index) => index % threads === part), mutant };
    return new Worker(entry, { workerData: share });
  });
  const ends = workers.map(
    (worker) =>
      new Promise<void>((resolve, reject) => {
        worker.on('message', done);
        worker.once('error', reject);
        worker.once('exit', (code) =>
          code === 0 ? resolve() : reject(new Error(`a simulation thread ended with ${code}`)),
        );
      }),
  );
  await Promise.all(ends);
}

/** The thread's side of it. False in the main thread. */
export async function runShare(): Promise<boolean> {
  if (parentPort === null) return false;
  const { seeds, mutant } = workerData as Share;
  const planted = MUTANTS.find((candidate) => candidate.name === mutant);
  for (const seed of seeds) {
    const report = await runSeed(seed, { mutant: planted });
    parentPort.postMessage(report);
    if (planted !== undefined && report.violation !== null) break;
  }
  return true;
}
