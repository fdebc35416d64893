import { heldAttempt } from '../../core/job.ts';
import type { Reserve } from '../../core/resources.ts';
import { holdKey, type WorkerRecord } from '../../core/worker.ts';
import type { WorkerId } from '../../protocol/ids.ts';
import { WorkerShelf } from '../worker-shelf.ts';
import type { Driver } from './driver.ts';
import { decodeHot } from './job-codec.ts';

/**
 * Workers live in memory; their rows are for the next start. Holds are not stored, because held jobs say them; only
 * the stranded ones, which no job says, have rows of their own.
 */
export class WorkerTable {
  readonly shelf = new WorkerShelf();
  readonly #driver: Driver;
  readonly #dirty = new Set<WorkerId>();
  readonly #heard = new Set<WorkerId>();
  readonly #stranded = new Set<string>();

  constructor(driver: Driver) {
    this.#driver = driver;
    for (const [doc] of driver.all('SELECT doc FROM workers', [])) {
      this.shelf.save(JSON.parse(String(doc)) as WorkerRecord);
    }
    const held = 'SELECT s.base, j.doc FROM jobs j JOIN specs s ON s.n = j.n WHERE j.lease_until IS NOT NULL';
    for (const [base, doc] of driver.all(held, [])) {
      const job = decodeHot(String(base), String(doc));
      const attempt = heldAttempt(job);
      if (attempt === null) continue;
      this.shelf.hold(attempt.worker_id, holdKey({ job_id: job.id, epoch: attempt.epoch }), attempt.reserve);
    }
    for (const [worker, key, reserve] of driver.all('SELECT worker, key, reserve FROM stranded', [])) {
      this.shelf.hold(worker as WorkerId, String(key), JSON.parse(String(reserve)) as Reserve);
      this.#stranded.add(`${worker} ${key}`);
    }
  }

  /** That it was heard again is written at the end: after a crash every worker gets a whole lease anyway. */
  save(worker: WorkerRecord): void {
    const before = this.shelf.get(worker.id);
    this.shelf.save(worker);
    if (before === null || !isBeat(before, worker)) this.#dirty.add(worker.id);
    else this.#heard.add(worker.id);
  }

  unhold(id: WorkerId, key: string): void {
    this.shelf.unhold(id, key);
    if (!this.#stranded.delete(`${id} ${key}`)) return;
    this.#driver.run('DELETE FROM stranded WHERE worker = ? AND key = ?', [id, key]);
  }

  strand(id: WorkerId, key: string): void {
    const reserve = this.shelf.get(id)?.holds[key];
    if (reserve === undefined) return;
    this.#stranded.add(`${id} ${key}`);
    this.#driver.run('INSERT OR REPLACE INTO stranded VALUES (?, ?, ?)', [id, key, JSON.stringify(reserve)]);
  }

  flushHeard(): void {
    for (const id of this.#heard) this.#dirty.add(id);
    this.flush();
  }

  flush(): void {
    for (const id of this.#dirty) {
      const worker = this.shelf.get(id);
      if (worker === null) continue;
      this.#driver.run('INSERT OR REPLACE INTO workers VALUES (?, ?)', [
        id,
        JSON.stringify({ ...worker, holds: {} }),
      ]);
    }
    this.#dirty.clear();
  }
}

const isBeat = (before: WorkerRecord, after: WorkerRecord): boolean =>
  (Object.keys(after) as (keyof WorkerRecord)[]).every(
    (key) => key === 'last_seen_at' || key === 'holds' || before[key] === after[key],
  );
