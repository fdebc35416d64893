import type { HiveEvent } from '../../protocol/event.ts';
import type { Driver } from './driver.ts';
import { encodeEvents } from './event-codec.ts';

/** The history as the writer sees it. `first_seq` in `meta` is where it begins; rows go once all of theirs lies before. */
export class EventTable {
  readonly #driver: Driver;
  #pending: Omit<HiveEvent, 'seq'>[] = [];
  #stored: number;
  #first: number;

  constructor(driver: Driver) {
    this.#driver = driver;
    this.#stored = Number(
      driver.value('SELECT first_seq + n - 1 FROM events ORDER BY first_seq DESC LIMIT 1', []) ?? 0,
    );
    this.#first = Number(driver.value("SELECT value FROM meta WHERE key = 'first_seq'", []) ?? 1);
  }

  get last_seq(): number {
    return this.#stored + this.#pending.length;
  }

  get pending(): readonly Omit<HiveEvent, 'seq'>[] {
    return this.#pending;
  }

  append(event: Omit<HiveEvent, 'seq'>): void {
    this.#pending.push(event);
  }

  /** All events of a unit of work carry its one instant. */
  flush(): void {
    const [first] = this.#pending;
    if (first === undefined) return;
    const row = [this.#stored + 1, this.#pending.length, Date.parse(first.at), encodeEvents(this.#pending)];
    this.#driver.run('INSERT INTO events VALUES (?, ?, ?, ?)', row);
    this.#stored += this.#pending.length;
    this.#pending = [];
  }

  drop(before: string, max: number, limit: number): number {
    this.flush();
    const young =
      'SELECT first_seq FROM events WHERE at >= ? AND first_seq + n > ? ORDER BY first_seq LIMIT 1';
    const aged = this.#driver.value(young, [Date.parse(before), this.#first]);
    const byAge = typeof aged === 'number' ? aged : this.last_seq + 1;
    const keepFrom = Math.max(this.#first, byAge, this.last_seq - max + 1);
    const dropped = Math.min(limit, keepFrom - this.#first);
    if (dropped <= 0) return 0;
    this.#first += dropped;
    this.#driver.run("INSERT OR REPLACE INTO meta VALUES ('first_seq', ?)", [this.#first]);
    // The last row stays, for it alone says how far the numbers have come.
    const old =
      'DELETE FROM events WHERE first_seq + n <= ?1 AND first_seq < (SELECT max(first_seq) FROM events)';
    this.#driver.run(`${old} AND first_seq < ?1`, [this.#first]);
    return dropped;
  }
}
