/** Whose turn an event is: a process that may be dead or asleep. */
export interface Actor {
  readonly name: string;
  alive: boolean;
  /** Everything that is due before waits until then. */
  pausedUntil: number;
}

export const actorOf = (name: string): Actor => ({ name, alive: true, pausedUntil: 0 });

interface Entry {
  at: number;
  /** Order of scheduling: decides between events of one instant, so that runs repeat. */
  readonly order: number;
  readonly actor: Actor | null;
  run: (() => void) | null;
}

const isBefore = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** The one clock and the one queue of a simulated world; nothing happens but by its events. */
export class VirtualTime {
  readonly #heap: Entry[] = [];
  #order = 0;
  #now: number;

  constructor(start: number) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  /** Runs in the actor's turn (null: nobody's, it happens whatever dies); answers the cancel function. */
  after(ms: number, actor: Actor | null, run: () => void): () => void {
    const entry: Entry = { at: this.#now + Math.max(0, ms), order: this.#order++, actor, run };
    this.#push(entry);
    return () => {
      entry.run = null;
    };
  }

  /** Moves to the next event that has somebody to run it, and runs it. False when nothing is left. */
  step(): boolean {
    for (;;) {
      const entry = this.#pop();
      if (entry === null) return false;
      if (entry.run === null || entry.actor?.alive === false) continue;
      this.#now = Math.max(this.#now, entry.at);
      if (entry.actor !== null && entry.actor.pausedUntil > this.#now) {
        entry.at = entry.actor.pausedUntil;
        this.#push(entry);
        continue;
      }
      entry.run();
      return true;
    }
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || isBefore(above, entry)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): Entry | null {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined) return null;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      const left = heap[2 * at + 1];
      const right = heap[2 * at + 2];
      const side = left !== undefined && right !== undefined && isBefore(right, left) ? 2 : 1;
      const below = side === 2 ? right : left;
      if (below === undefined || isBefore(last, below)) break;
      heap[at] = below;
      at = 2 * at + side;
    }
    heap[at] = last;
    return first;
  }
}

/** Lets everything that one event set going come to its end: no virtual time passes. */
export const comeToRest = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
