/** How to take back what was done since the last `take`, newest last. */
export class UndoLog {
  #steps: (() => void)[] = [];

  push(step: () => void): void {
    this.#steps.push(step);
  }

  take(): readonly (() => void)[] {
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

export function undo(steps: readonly (() => void)[]): void {
  for (let at = steps.length - 1; at >= 0; at -= 1) steps[at]?.();
}
