import { DEFAULT_LEASE } from '../core/lease.ts';
import { isTerminal } from '../protocol/job-state.ts';
import { BlobModel } from './blob-model.ts';
import { ClientModel } from './client-model.ts';
import { ControlRoom, OPERATOR } from './control-room.ts';
import { scheduleFaults } from './fault-schedule.ts';
import { FleetMember } from './fleet.ts';
import { INVARIANTS } from './invariants.ts';
import { openLedger } from './ledger.ts';
import type { Mutant } from './mutant.ts';
import { Observer, type Violation } from './observer.ts';
import { drawProfile } from './profile.ts';
import { SeededRandom } from './seeded-random.ts';
import { StoreModel } from './store-model.ts';
import { Trace } from './trace.ts';
import { comeToRest, VirtualTime } from './virtual-time.ts';
import type { World } from './world.ts';

const START = 1_750_000_000_000;
/** After the last fault everything that waits must have ended by then. */
const CALM_MS = 40 * 60_000;
const MOST_STEPS = 400_000;

export interface SeedReport {
  readonly seed: number;
  readonly violation: Violation | null;
  readonly steps: number;
  readonly virtual_ms: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly ends: Readonly<Record<string, number>>;
  readonly hash: string;
  readonly trace: readonly string[];
}

/** Runs one seed to its end or to the first invariant that does not hold. */
export async function runSeed(
  seed: number,
  options: { keep?: number; mutant?: Mutant | undefined } = {},
): Promise<SeedReport> {
  const stage = build(seed, options.keep ?? 0, options.mutant);
  const { world, observer } = stage;
  let steps = 0;
  let calmAt = Number.POSITIVE_INFINITY;
  while (observer.violation === null && steps < MOST_STEPS && world.time.step()) {
    steps += 1;
    await comeToRest();
    observer.step();
    const elapsed = world.time.now() - START;
    if (world.faulty && elapsed > world.profile.fault_ms) {
      calmAt = world.time.now();
      calm(stage);
    }
    if (!world.faulty && stage.client.done && isFinished(world)) break;
    if (world.time.now() - calmAt > CALM_MS) {
      observer.fail('everything ends once the faults stop', describeUnfinished(world));
    }
  }
  if (steps >= MOST_STEPS) observer.fail('a run ends', `${steps} steps were not enough`);
  if (observer.violation === null) observer.end();
  return reportOf(seed, stage, steps);
}

interface Stage {
  readonly world: World;
  readonly observer: Observer;
  readonly room: ControlRoom;
  readonly fleet: FleetMember[];
  readonly client: ClientModel;
  readonly faults: Record<string, number>;
}

function build(seed: number, keep: number, mutant: Mutant | undefined): Stage {
  const time = new VirtualTime(START);
  const random = new SeededRandom(seed);
  const faults: Record<string, number> = {};
  const observer = new Observer(() => world);
  const fleet: FleetMember[] = [];
  const store = new StoreModel({
    now: () => time.now(),
    makeTables: mutant?.makeTables,
    apply: mutant?.apply?.(() => world),
    syncs: mutant?.syncs,
  });
  const world: World = {
    time,
    random,
    trace: new Trace(() => time.now(), keep),
    lease: DEFAULT_LEASE,
    store,
    blobs: new BlobModel(),
    ledger: openLedger(),
    watch: observer,
    profile: drawProfile(random.fork()),
    faulty: true,
    executions: new Map(),
    commitListeners: new Set(),
    wallSkewOf: (id) => fleet.find((member) => member.worker_id === id)?.wall_skew ?? 0,
    count: (fault) => {
      faults[fault] = (faults[fault] ?? 0) + 1;
    },
    chooseHost: () => room.choose(),
  };
  const room = new ControlRoom(
    world,
    () => fleet.flatMap(({ process }) => process?.socket ?? []),
    mutant?.wrapFace,
  );
  observer.start(INVARIANTS);
  world.trace.write('world', JSON.stringify(world.profile));
  room.start();
  for (let number = 1; number <= world.profile.workers; number++) fleet.push(new FleetMember(world, number));
  const client = new ClientModel(world);
  scheduleFaults(world, room, fleet);
  return { world, observer, room, fleet, client, faults };
}

/** No more faults: every line carries, every process runs, one orchestrator answers. */
function calm({ world, room, fleet }: Stage): void {
  world.faulty = false;
  world.trace.write('world', 'is calm from here on');
  for (const old of room.processes.slice(0, -1)) room.crash(old);
  if (room.processes.length === 0) room.start();
  for (const member of fleet) {
    member.line.heal();
    member.boot();
  }
  keepServing(world, room, fleet);
}

/** What drains or died just before comes back too, as an operator would have it. */
function keepServing(world: World, room: ControlRoom, fleet: readonly FleetMember[]): void {
  world.time.after(30_000, null, () => {
    if (room.processes.length === 0) room.start();
    for (const member of fleet) {
      member.boot();
      const worker = world.store.tables.worker(member.worker_id);
      if (worker?.draining)
        room
          .choose()
          ?.face.patchWorker(member.worker_id, { state: 'online' }, OPERATOR)
          .catch(() => {});
    }
    keepServing(world, room, fleet);
  });
}

function isFinished(world: World): boolean {
  for (const job of world.store.tables.jobs.records()) if (!isTerminal(job.status.state)) return false;
  for (const worker of world.store.tables.workers()) if (worker.holds.size > 0) return false;
  for (const set of world.executions.values()) if (set.size > 0) return false;
  return true;
}

function describeUnfinished(world: World): string {
  const jobs = [...world.store.tables.jobs.records()].filter((job) => !isTerminal(job.status.state));
  const states = jobs.map((job) => `${job.id} ${job.status.state} (${job.status.reason.code})`);
  const holds = world.store.tables
    .workers()
    .flatMap((worker) => [...worker.holds.keys()].map((key) => `${worker.id} holds ${key}`));
  return [...states, ...holds].join(', ') || 'the clients wait';
}

function reportOf(seed: number, { world, observer, faults }: Stage, steps: number): SeedReport {
  const ends: Record<string, number> = {};
  for (const { status } of world.store.tables.jobs.records()) {
    const name = status.reason.code === 'unconfirmed' ? 'canceled (unconfirmed)' : status.state;
    ends[name] = (ends[name] ?? 0) + 1;
  }
  return {
    seed,
    violation: observer.violation,
    steps,
    virtual_ms: world.time.now() - START,
    faults,
    ends,
    hash: world.trace.digest(),
    trace: world.trace.lines,
  };
}
