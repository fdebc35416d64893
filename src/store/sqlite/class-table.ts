import type { Driver } from './driver.ts';

/** Requirement classes by number, and how many ready jobs each has. */
export class ClassTable {
  readonly #driver: Driver;
  readonly #ids = new Map<string, number>();
  readonly #sizes = new Map<string, number>();

  constructor(driver: Driver) {
    this.#driver = driver;
    for (const [id, key] of driver.all('SELECT id, key FROM classes', []) as unknown as [number, string][]) {
      this.#ids.set(key, id);
      this.resize(key, Number(driver.value('SELECT count(*) FROM jobs WHERE ready = ?', [id])));
    }
  }

  keys(): Iterable<string> {
    return this.#sizes.keys();
  }

  idOf(key: string): number {
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#ids.size + 1;
    this.#driver.run('INSERT INTO classes VALUES (?, ?)', [id, key]);
    this.#ids.set(key, id);
    return id;
  }

  resize(key: string, by: number): void {
    const size = (this.#sizes.get(key) ?? 0) + by;
    if (size > 0) this.#sizes.set(key, size);
    else this.#sizes.delete(key);
  }
}
