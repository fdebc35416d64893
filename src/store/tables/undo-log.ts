type Step = (a: never, b: never, c: never) => void;

/**
 * How to take back what was done since the last `take`, newest last: a function and its arguments, at most three, one
 * after the other in one list, for a closure per change would be most of what a change leaves behind.
 */
export type Undo = readonly unknown[];
const WIDTH = 4;

export class UndoLog {
  #steps: unknown[] = [];

  push<A extends readonly unknown[]>(step: (...args: A) => void, ...args: A): void {
    this.#steps.push(step, args[0], args[1], args[2]);
  }

  take(): Undo {
    const steps = this.#steps;
    if (steps.length > 0) this.#steps = [];
    return steps;
  }

  /** Takes back everything since the last `take`; what the steps themselves change needs no undoing. */
  rollBack(): void {
    undo(this.take());
    this.#steps = [];
  }
}

export function undo(steps: Undo): void {
  for (let at = steps.length - WIDTH; at >= 0; at -= WIDTH) {
    const [step, a, b, c] = steps.slice(at, at + WIDTH) as [Step, never, never, never];
    step(a, b, c);
  }
}
