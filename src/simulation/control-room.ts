import type { Caller } from '../orchestrator/orchestrator.ts';
import { OrchestratorProcess, type WrapFace } from './orchestrator-process.ts';
import type { WorkerSocket } from './worker-socket.ts';
import type { World } from './world.ts';

export const OPERATOR: Caller = { tenant: 'default', principal: 'operator' };

/** The orchestrator processes of a world: one as a rule, two while an old one has not understood that it is replaced. */
export class ControlRoom {
  processes: OrchestratorProcess[] = [];
  readonly #world: World;
  readonly #wrap: WrapFace | undefined;
  readonly #sockets: () => readonly WorkerSocket[];
  #count = 0;

  constructor(world: World, sockets: () => readonly WorkerSocket[], wrap: WrapFace | undefined) {
    this.#world = world;
    this.#wrap = wrap;
    this.#sockets = sockets;
  }

  start(): OrchestratorProcess {
    const process = new OrchestratorProcess(this.#world, `orch-${++this.#count}`, this.#wrap);
    this.processes.push(process);
    return process;
  }

  /** Any that lives, the newest twice as likely: an old one may still have the address. */
  choose(): OrchestratorProcess | null {
    const newest = this.processes.at(-1);
    const all = newest === undefined ? [] : [...this.processes, newest];
    return this.#world.random.pick(all) ?? null;
  }

  crash(process: OrchestratorProcess): void {
    this.#world.trace.write(process.actor.name, 'dies');
    this.#leave(process);
    process.die();
    for (const socket of this.#sockets()) if (socket.host === process) socket.hostDied();
  }

  stop(process: OrchestratorProcess): void {
    this.#world.trace.write(process.actor.name, 'is stopped');
    this.#leave(process);
    const end = (): void => {
      for (const socket of this.#sockets()) if (socket.host === process) socket.hostDied();
    };
    void process.stop().then(end);
    // A stop that hangs in the store ends in SIGKILL.
    this.#world.time.after(10_000, null, () => {
      if (process.actor.alive) {
        process.die();
        end();
      }
    });
  }

  /** All die with the machine, and the disk forgets what it had not synced. */
  losePower(lost: number): number {
    for (const process of [...this.processes]) this.crash(process);
    const gone = this.#world.store.losePower(lost);
    this.#world.trace.write('store', `loses its last ${gone} changes`);
    if (gone > 0) this.#world.watch.rewound();
    return gone;
  }

  #leave(process: OrchestratorProcess): void {
    this.processes = this.processes.filter((other) => other !== process);
  }
}
