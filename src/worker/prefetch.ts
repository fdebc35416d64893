import type { Assignment } from '../protocol/attempt.ts';

/**
 * How many jobs this worker takes ahead of a free slot (C10). Ahead is worth something only where slots free quickly, and
 * a job must not wait long behind one that does not end: so after one waited in vain none is taken until an attempt has
 * ended as quickly again.
 */
export class Credit {
  /** How long a job that was sent ahead waits for room before it goes back to the queue. */
  readonly patienceMs: number;
  readonly #most: number;
  readonly #tell: (prefetch: number) => void;
  #now: number;

  constructor(most: number, patienceMs: number, tell: (prefetch: number) => void) {
    this.patienceMs = patienceMs;
    this.#most = most;
    this.#now = most;
    this.#tell = tell;
  }

  /** A hello says the most; what is less is said after it. */
  repeat(): void {
    if (this.#now !== this.#most) this.#tell(this.#now);
  }

  waitedInVain(): void {
    this.#set(0);
  }

  ended(ranMs: number): void {
    if (ranMs < this.patienceMs) this.#set(this.#most);
  }

  #set(prefetch: number): void {
    if (prefetch === this.#now) return;
    this.#now = prefetch;
    this.#tell(prefetch);
  }
}

export interface Capacity {
  readonly slots: number;
  readonly cpus: number;
  readonly memory_bytes: number;
}

/** Sums of fractions of a core drift in binary. */
const EPSILON = 1e-6;

/** What attempts that run take of the worker: a job that was sent ahead starts by this and asks nobody. */
export class Usage {
  readonly #capacity: Capacity;
  #slots = 0;
  #cpu = 0;
  #memory = 0;

  constructor(capacity: Capacity, running: Iterable<Assignment>) {
    this.#capacity = capacity;
    for (const assignment of running) this.add(assignment);
  }

  get full(): boolean {
    return this.#slots >= this.#capacity.slots;
  }

  fits({ reserve }: Assignment): boolean {
    const { cpus, memory_bytes } = this.#capacity;
    return (
      !this.full &&
      this.#cpu + (reserve?.cpu ?? 0) <= cpus + EPSILON &&
      this.#memory + (reserve?.memory_bytes ?? 0) <= memory_bytes
    );
  }

  add({ reserve }: Assignment): void {
    this.#slots += 1;
    this.#cpu += reserve?.cpu ?? 0;
    this.#memory += reserve?.memory_bytes ?? 0;
  }
}
