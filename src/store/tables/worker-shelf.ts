import type { Reserve } from '../../core/resources.ts';
import type { WorkerRecord } from '../../core/worker.ts';
import type { AttemptRef } from '../../protocol/attempt.ts';
import type { JobId, WorkerId } from '../../protocol/ids.ts';
import type { UndoLog } from './undo-log.ts';

type Holds = Record<string, Reserve>;
function dropHold(holds: Holds, key: string): void {
  delete holds[key];
}
function setHold(holds: Holds, key: string, reserve: Reserve): void {
  holds[key] = reserve;
}

/** All workers, in memory in every store: they are few, every placement reads them, and their holds change with each job. */
export class WorkerShelf {
  readonly #workers = new Map<WorkerId, WorkerRecord>();
  readonly #holds = new Map<WorkerId, Record<string, Reserve>>();
  readonly #undo: UndoLog;

  constructor(undo: UndoLog) {
    this.#undo = undo;
  }

  get(id: WorkerId): WorkerRecord | null {
    return this.#workers.get(id) ?? null;
  }

  /** By id, so that every store lists them alike. */
  all(): readonly WorkerRecord[] {
    return [...this.#workers.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  save(worker: WorkerRecord): void {
    const before = this.#workers.get(worker.id);
    this.#workers.set(worker.id, { ...worker, holds: this.#holdsOf(worker.id) });
    this.#undo.push(() => {
      if (before === undefined) this.#workers.delete(worker.id);
      else this.#workers.set(worker.id, before);
    });
  }

  hold(id: WorkerId, key: string, reserve: Reserve): void {
    const holds = this.#holdsOf(id);
    holds[key] = reserve;
    this.#undo.push(dropHold, holds, key);
  }

  unhold(id: WorkerId, key: string): void {
    const holds = this.#holdsOf(id);
    const before = holds[key];
    if (before === undefined) return;
    delete holds[key];
    this.#undo.push(setHold, holds, key, before);
  }

  /** The jobs that its holds name, with their epochs. */
  heldBy(id: WorkerId): readonly Pick<AttemptRef, 'job_id' | 'epoch'>[] {
    return Object.keys(this.get(id)?.holds ?? {}).map((key) => {
      const at = key.indexOf('#');
      return { job_id: key.slice(0, at) as JobId, epoch: Number(key.slice(at + 1)) };
    });
  }

  #holdsOf(id: WorkerId): Record<string, Reserve> {
    const known = this.#holds.get(id) ?? {};
    this.#holds.set(id, known);
    return known;
  }
}
