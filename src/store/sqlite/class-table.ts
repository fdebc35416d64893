import type { Driver } from './driver.ts';

/** Ranks are counted by the second: a position sums whole seconds and counts within its own. */
export const BUCKET_MS = 1000;
export const bucketOf = (rank: number): number => Math.floor(rank / BUCKET_MS);

interface Change {
  readonly key: string;
  readonly bucket: number;
  by: number;
}

/** Requirement classes by number, and how many ready jobs each has. */
export class ClassTable {
  readonly #driver: Driver;
  readonly #ids = new Map<string, number>();
  readonly #sizes = new Map<string, number>();
  readonly #changes = new Map<string, Change>();

  constructor(driver: Driver) {
    this.#driver = driver;
    const sql = `SELECT c.id, c.key, coalesce(sum(r.n), 0) FROM classes c
      LEFT JOIN ready_counts r ON r.class = c.id GROUP BY c.id`;
    for (const [id, key, size] of driver.all(sql, [])) {
      this.#ids.set(String(key), Number(id));
      if (Number(size) > 0) this.#sizes.set(String(key), Number(size));
    }
  }

  keys(): Iterable<string> {
    return this.#sizes.keys();
  }

  knownId(key: string): number | null {
    return this.#ids.get(key) ?? null;
  }

  idOf(key: string): number {
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#ids.size + 1;
    this.#driver.run('INSERT INTO classes VALUES (?, ?)', [id, key]);
    this.#ids.set(key, id);
    return id;
  }

  /** A job of this class and rank became ready (1) or stopped being so (-1). */
  count(key: string, rank: number, by: 1 | -1): void {
    const size = (this.#sizes.get(key) ?? 0) + by;
    if (size > 0) this.#sizes.set(key, size);
    else this.#sizes.delete(key);
    const bucket = bucketOf(rank);
    const name = `${bucket} ${key}`;
    const change = this.#changes.get(name);
    if (change === undefined) this.#changes.set(name, { key, bucket, by });
    else change.by += by;
  }

  flush(): void {
    for (const { key, bucket, by } of this.#changes.values()) {
      if (by === 0) continue;
      const id = this.idOf(key);
      const sql = 'INSERT INTO ready_counts VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n';
      this.#driver.run(sql, [id, bucket, by]);
      if (by > 0) continue;
      this.#driver.run('DELETE FROM ready_counts WHERE class = ? AND bucket = ? AND n = 0', [id, bucket]);
    }
    this.#changes.clear();
  }
}
