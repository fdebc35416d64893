import type { Reserve } from '../core/resources.ts';
import type { WorkerRecord } from '../core/worker.ts';
import type { WorkerId } from '../protocol/ids.ts';

/** All workers, in memory in every store: they are few, every placement reads them, and their holds change with each job. */
export class WorkerShelf {
  readonly #workers = new Map<WorkerId, WorkerRecord>();
  readonly #holds = new Map<WorkerId, Record<string, Reserve>>();

  get(id: WorkerId): WorkerRecord | null {
    return this.#workers.get(id) ?? null;
  }

  /** By id, so that every store lists them alike. */
  all(): readonly WorkerRecord[] {
    return [...this.#workers.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  save(worker: WorkerRecord): void {
    this.#workers.set(worker.id, { ...worker, holds: this.#holdsOf(worker.id) });
  }

  hold(id: WorkerId, key: string, reserve: Reserve): void {
    this.#holdsOf(id)[key] = reserve;
  }

  unhold(id: WorkerId, key: string): void {
    delete this.#holdsOf(id)[key];
  }

  #holdsOf(id: WorkerId): Record<string, Reserve> {
    const known = this.#holds.get(id) ?? {};
    this.#holds.set(id, known);
    return known;
  }
}
