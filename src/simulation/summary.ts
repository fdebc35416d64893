import type { SeedReport } from './scenario.ts';

/** Adds up what many seeds did. */
export class Summary {
  readonly failures: SeedReport[] = [];
  #seeds = 0;
  #steps = 0;
  #virtualMs = 0;
  readonly #faults = new Map<string, number>();
  readonly #ends = new Map<string, number>();

  add(report: SeedReport): void {
    this.#seeds += 1;
    this.#steps += report.steps;
    this.#virtualMs += report.virtual_ms;
    addAll(this.#faults, report.faults);
    addAll(this.#ends, report.ends);
    if (report.violation !== null) this.failures.push(report);
  }

  text(): string {
    const hours = (this.#virtualMs / 3_600_000).toFixed(1);
    return [
      `${this.#seeds} seeds, ${this.#steps} steps, ${hours} virtual hours`,
      `faults: ${listed(this.#faults)}`,
      `jobs:   ${listed(this.#ends)}`,
    ].join('\n');
  }

  closing(): string {
    return `${this.#seeds - this.failures.length} passed, ${this.failures.length} failed`;
  }
}

function addAll(totals: Map<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(more)) totals.set(name, (totals.get(name) ?? 0) + count);
}

const listed = (totals: ReadonlyMap<string, number>): string =>
  [...totals]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
