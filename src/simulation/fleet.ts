import { WorkerId } from '../protocol/ids.ts';
import type { WorkerOffer } from '../protocol/worker.ts';
import { simModule } from './job-plan.ts';
import { NetworkLine } from './network-line.ts';
import { actorOf } from './virtual-time.ts';
import { type Machine, WorkerProcess } from './worker-process.ts';
import type { World } from './world.ts';

/** A machine and the worker process on it, if one runs. */
export class FleetMember implements Machine {
  readonly worker_id: WorkerId;
  readonly offer: WorkerOffer;
  readonly line: NetworkLine;
  readonly rate: number;
  /** How far its wall clock is off, in milliseconds; nothing may depend on it. */
  readonly wall_skew: number;
  process: WorkerProcess | null = null;
  readonly #world: World;
  readonly #name: string;
  #boots = 0;

  constructor(world: World, number: number) {
    const { random, profile } = world;
    this.#world = world;
    this.#name = `worker-${number}`;
    this.worker_id = WorkerId.parse(`wrk_${String(number).padStart(26, '0')}`);
    this.line = new NetworkLine(world);
    this.rate = random.between(0.97, 1.03);
    this.wall_skew = random.whole(-120_000, 120_000);
    const offer = offerOf(this.#name, profile.slots, random.whole(profile.slots, 2 * profile.slots));
    this.offer = { ...offer, prefetch: random.whole(0, 2) };
    this.boot();
  }

  boot(): void {
    if (this.process !== null) return;
    this.#boots += 1;
    this.#world.trace.write(this.#name, `boots (${this.#boots})`);
    const actor = actorOf(this.#name);
    this.process = new WorkerProcess(this.#world, this, actor, `boot-${this.#boots}`);
  }

  kill(): void {
    this.process?.die();
    this.process = null;
  }

  drain(): void {
    const { process } = this;
    process?.drain(() => {
      if (this.process === process) this.process = null;
    });
  }

  /** The whole machine stands still; its clocks do not. */
  pause(ms: number): void {
    const { process } = this;
    if (process === null) return;
    const until = this.#world.time.now() + ms;
    process.actor.pausedUntil = Math.max(process.actor.pausedUntil, until);
    if (ms < 5000) return;
    // What slept past its own deadline cannot end before it wakes; then it must, at once.
    for (const set of this.#world.executions.values()) {
      for (const execution of set)
        if (execution.actor === process.actor)
          execution.excusedUntil = Math.max(execution.excusedUntil, until + 5000);
    }
  }
}

export const offerOf = (name: string, slots: number, cpus: number): WorkerOffer => ({
  name,
  version: '0',
  pid: 1,
  slots,
  capabilities: ['simulation'],
  modules: [{ name: simModule.name, version: '1', engine: 'sim' }],
  labels: {},
  hardware: {
    hostname: name,
    platform: 'simulated',
    arch: 'none',
    cpu_model: 'none',
    cpus: Math.max(2, cpus),
    memory_bytes: 100_000,
    gpus: [],
  },
});
