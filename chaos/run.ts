import { closeSync, copyFileSync, existsSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { SeededRandom } from '../src/simulation/seeded-random.ts';
import { cancelSome, readJobs } from './bystanders.ts';
import { Caller } from './caller.ts';
import { type Disk, mountDisk } from './disk.ts';
import { readEvents } from './event-reader.ts';
import { type Done, runFaults } from './fault-runner.ts';
import { type Fleet, startFleet } from './fleet.ts';
import { drain, harvest } from './harvest.ts';
import { Recorder } from './history.ts';
import { type Field, runLoad } from './load.ts';
import { planFaults, quotaOf } from './schedule.ts';

export interface ChaosOptions {
  readonly minutes: number;
  readonly seed: number;
  /** The quota and a tenth more when left out. */
  readonly jobs?: number | undefined;
  /** Where the history is written; below the folder of the run when left out. */
  readonly history?: string | undefined;
}

export interface ChaosRun {
  readonly minutes: number;
  readonly done: Done;
  readonly history: string;
  /** Why no disk could be made full; empty when one could. */
  readonly no_disk: string;
  readonly summary: string;
  /** Removes what the run left: logs, and the history unless it was to lie elsewhere. */
  discard(): void;
}

/** A short lease, so that faults of seconds outlast it. */
const LEASE_MS = 3000;
const WORKERS = ['worker-1', 'worker-2', 'worker-3', 'worker-4'] as const;
const DISK_MIB = 1024;
const DRAIN_MS = 120_000;
/** More jobs than must be, for those that the end of the time finds unsent. */
const SURPLUS = 1.1;

/** Load and faults for so many minutes, then quiet until all has ended; everything that was seen goes into the history. */
export async function runChaos({
  minutes,
  seed,
  history,
  jobs = Math.ceil(quotaOf(minutes).jobs * SURPLUS),
}: ChaosOptions): Promise<ChaosRun> {
  const dir = mkdtempSync(join(tmpdir(), 'hive-chaos-'));
  const recorder = new Recorder(history === undefined ? join(dir, 'history.jsonl') : resolve(history));
  recorder.add({ kind: 'plan', seed, minutes, lease_ms: LEASE_MS });
  const data = join(dir, 'data');
  const witness = join(dir, 'witness');
  closeSync(openSync(witness, 'a'));
  const { disk, why } = mountDisk(data, DISK_MIB);
  say(`seed ${seed}, ${minutes} minutes, ${WORKERS.length} workers, lease ${LEASE_MS} ms; logs in ${dir}`);
  if (disk === null) say(why);
  const fleet = await startFleet({ dir, data, workers: WORKERS, lease_ms: LEASE_MS }, recorder);
  try {
    const done = await underFire(fleet, disk, recorder, { minutes, seed, jobs, witness });
    await harvest(fleet.direct_url, witness, recorder);
    const discard = (): void => rmSync(dir, { recursive: true, force: true });
    const summary = `seed ${seed}: ${minutes} minutes of load and faults on ${WORKERS.length} workers`;
    return { minutes, done, history: recorder.file, no_disk: why, summary, discard };
  } finally {
    recorder.flush();
    await fleet.stop();
    keepLog(data, dir);
    disk?.unmount();
  }
}

/** The orchestrator's log lies on the disk that goes away. */
function keepLog(data: string, dir: string): void {
  const log = join(data, 'hive.log');
  if (existsSync(log)) copyFileSync(log, join(dir, 'hive.log'));
}

const say = (line: string): void => void process.stderr.write(`chaos: ${line}\n`);

interface Fire {
  readonly minutes: number;
  readonly seed: number;
  readonly jobs: number;
  readonly witness: string;
}

/** Load, faults and those who watch, until the last job has ended. */
async function underFire(fleet: Fleet, disk: Disk | null, recorder: Recorder, fire: Fire): Promise<Done> {
  const { minutes, seed, jobs, witness } = fire;
  const random = new SeededRandom(seed).fork();
  const quiet = new AbortController();
  const field: Field = {
    caller: new Caller(fleet.client_url),
    recorder,
    known: [],
    refusals: 0,
    pending: [],
    onBatch: (ids) => field.pending.push(cancelSome(field, random, ids)),
  };
  const watching = Promise.all([
    readJobs(field, random.fork(), quiet.signal),
    readEvents(fleet.client_url, 'follower', recorder, quiet.signal),
  ]);
  const plan = planFaults(seed, minutes, WORKERS, LEASE_MS);
  const [done] = await Promise.all([
    runFaults({ fleet, disk, field, recorder }, plan),
    runLoad(field, { seed, jobs, for_ms: minutes * 60_000, witness }),
  ]);
  await Promise.all(field.pending);
  say('the faults are over; waiting for the last jobs');
  await drain(fleet.direct_url, DRAIN_MS, recorder);
  quiet.abort();
  await watching;
  field.caller.close();
  return done;
}
