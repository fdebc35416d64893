import type { HiveClient } from '../src/client/index.ts';
import type { JobSubmitInput } from '../src/protocol/job.ts';
import type { Fleet } from './fleet.ts';

/** Counts primes for a few seconds and says how far it is: long enough to be killed in the middle. */
export function chaosJob(): JobSubmitInput {
  const program = `
    let found = 0;
    const end = 12e6, step = end / 20;
    for (let n = 2; n < end; n++) {
      if (n % step === 0) console.log('::progress ' + 100 * n / end + ' counting');
      let prime = true;
      for (let d = 2; d * d <= n; d++) if (n % d === 0) { prime = false; break; }
      if (prime) found++;
    }
    console.log(found + ' primes below ' + end);`;
  return { module: 'exec', name: 'chaos', input: { command: ['node', '-e', program] } };
}

/** Waits until the job is well on its way, then takes its worker away with kill -9. */
export async function killWorkerMidway(
  hive: HiveClient,
  job: string,
  fleet: Fleet,
  note: (line: string) => void,
): Promise<void> {
  let holder: string | null = null;
  for await (const update of hive.jobs.follow(job)) {
    if (update.kind === 'state') holder = update.job.state === 'running' ? update.job.worker_id : null;
    else if (holder !== null && update.progress.percent >= 20) {
      const worker = await hive.workers.get(holder);
      note(`chaos: kill -9 of worker ${worker.name} at ${Math.round(update.progress.percent)} % of its job`);
      return fleet.replaceWorker(worker.name);
    }
  }
}
