import type { WorkerChannel, WorkerLink } from '../orchestrator/orchestrator.ts';
import type { OrchestratorMessage, WorkerMessage } from '../protocol/channel.ts';
import { type NetworkLine, Pipe } from './network-line.ts';
import type { Actor } from './virtual-time.ts';
import type { Host, World } from './world.ts';

export interface SocketHooks {
  opened(): void;
  received(message: OrchestratorMessage): void;
  closed(): void;
}

/** A WebSocket between a worker process and an orchestrator process, with the ways in which one can end. */
export class WorkerSocket {
  readonly host: Host;
  readonly worker: Actor;
  readonly #world: World;
  readonly #up: Pipe;
  readonly #down: Pipe;
  readonly #hooks: SocketHooks;
  #channel: WorkerChannel | null = null;
  #workerOpen = true;
  #serverOpen = false;
  #serverTold = false;

  constructor(world: World, line: NetworkLine, worker: Actor, host: Host, hooks: SocketHooks) {
    this.#world = world;
    this.host = host;
    this.worker = worker;
    this.#hooks = hooks;
    this.#up = new Pipe(world, line, 'up', host.actor);
    this.#down = new Pipe(world, line, 'down', worker);
    this.#up.send(() => this.#accept());
  }

  get open(): boolean {
    return this.#workerOpen || this.#serverOpen;
  }

  send(message: WorkerMessage): void {
    if (!this.#workerOpen) return;
    this.#up.send(() => {
      if (this.#serverOpen) this.#channel?.receive(message);
    });
  }

  /** The worker's side ends it, or its process died: what was sent may still arrive, and then the end does. */
  terminate(): void {
    if (!this.#workerOpen) return;
    this.#closeWorkerSide();
    this.#up.send(() => this.#closeServerSide());
  }

  /** The network loses it: each side learns so in its own time. */
  cut(): void {
    this.#up.cut();
    this.#down.cut();
    const { time, random } = this.#world;
    time.after(random.whole(0, 3000), this.worker, () => this.#closeWorkerSide());
    time.after(random.whole(0, 60_000), this.host.actor, () => this.#closeServerSide());
  }

  /** The orchestrator's process died: its kernel says so. */
  hostDied(): void {
    this.#serverOpen = false;
    this.#down.send(() => this.#closeWorkerSide());
  }

  #accept(): void {
    if (!this.#workerOpen) return;
    this.#serverOpen = true;
    const link: WorkerLink = {
      send: (message) => {
        if (!this.#serverOpen) return;
        this.#world.trace.write(this.host.actor.name, `→ ${this.worker.name} ${message.type}`);
        this.#world.watch.told(message);
        this.#down.send(() => {
          if (this.#workerOpen) this.#hooks.received(message);
        });
      },
      close: () => {
        if (!this.#serverOpen) return;
        this.#serverOpen = false;
        this.#down.send(() => this.#closeWorkerSide());
        // The other side's good-bye, or the patience of the closing side.
        const wait = this.#world.random.whole(1, 2000);
        this.#world.time.after(wait, this.host.actor, () => this.#tellServer());
      },
    };
    this.#channel = this.host.face.connectWorker(link);
    this.#down.send(() => {
      if (this.#workerOpen) this.#hooks.opened();
    });
  }

  #closeWorkerSide(): void {
    if (!this.#workerOpen) return;
    this.#workerOpen = false;
    this.#down.cut();
    this.#hooks.closed();
  }

  #closeServerSide(): void {
    if (!this.#serverOpen) return;
    this.#serverOpen = false;
    this.#tellServer();
  }

  #tellServer(): void {
    if (this.#serverTold) return;
    this.#serverTold = true;
    this.#channel?.closed();
  }
}
