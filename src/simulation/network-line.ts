import type { Actor } from './virtual-time.ts';
import type { World } from './world.ts';

export type Direction = 'up' | 'down';

/** The network between one worker and the orchestrator: as TCP has it, a partition delays and only a cut loses. */
export class NetworkLine {
  readonly #world: World;
  readonly #heldUntil: Record<Direction, number> = { up: 0, down: 0 };
  slowUntil = 0;

  constructor(world: World) {
    this.#world = world;
  }

  hold(direction: Direction, until: number): void {
    this.#heldUntil[direction] = Math.max(this.#heldUntil[direction], until);
  }

  heal(): void {
    this.#heldUntil.up = 0;
    this.#heldUntil.down = 0;
    this.slowUntil = 0;
  }

  /** Milliseconds until the direction carries again. */
  heldFor(direction: Direction): number {
    return Math.max(0, this.#heldUntil[direction] - this.#world.time.now());
  }

  latency(): number {
    const { random, profile, time } = this.#world;
    const slow = this.slowUntil > time.now() ? random.between(0, 4000) : 0;
    return Math.ceil(random.between(0, profile.latency_ms) + slow);
  }
}

/** One direction of a connection: ordered, late, and silent once it is broken. */
export class Pipe {
  readonly #world: World;
  readonly #line: NetworkLine;
  readonly #direction: Direction;
  readonly #receiver: Actor;
  #queue: (() => void)[] = [];
  #lastAt = 0;

  constructor(world: World, line: NetworkLine, direction: Direction, receiver: Actor) {
    this.#world = world;
    this.#line = line;
    this.#direction = direction;
    this.#receiver = receiver;
  }

  send(deliver: () => void): void {
    const now = this.#world.time.now();
    this.#queue.push(deliver);
    this.#lastAt = Math.max(
      this.#lastAt,
      now + this.#line.latency(),
      now + this.#line.heldFor(this.#direction),
    );
    this.#world.time.after(this.#lastAt - now, this.#receiver, () => this.#arrive());
  }

  /** Everything on the way is lost, and all that is sent from now on. */
  cut(): void {
    this.#queue = [];
  }

  /** One arrival takes the head of the queue, so that what was held back keeps its order. */
  #arrive(): void {
    const held = this.#line.heldFor(this.#direction);
    if (held > 0) {
      this.#world.time.after(held, this.#receiver, () => this.#arrive());
      return;
    }
    this.#queue.shift()?.();
  }
}
