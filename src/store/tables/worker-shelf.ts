import { type Reserve, restore, subtract } from '../../core/resources.ts';
import { type Tally, tallyOf, type WorkerRecord } from '../../core/worker.ts';
import type { AttemptRef } from '../../protocol/attempt.ts';
import type { JobId, WorkerId } from '../../protocol/ids.ts';
import type { UndoLog } from './undo-log.ts';

type Holds = Map<string, Reserve>;
/** Counted in place: it changes with each job. */
type Counting = { -readonly [K in keyof Tally]: Tally[K] } & { readonly ahead: Reserve[] };

/** All workers, in memory in every store: they are few, every placement reads them, and their holds change with each job. */
export class WorkerShelf {
  readonly #workers = new Map<WorkerId, WorkerRecord>();
  readonly #holds = new Map<WorkerId, Holds>();
  readonly #tallies = new Map<WorkerId, Counting>();
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
    this.#put(worker);
    this.#undo.push(this.#restore, worker.id, before);
  }

  hold(id: WorkerId, key: string, reserve: Reserve): void {
    this.#take(id, key, reserve);
    this.#undo.push(this.#drop, id, key);
  }

  unhold(id: WorkerId, key: string): void {
    const before = this.#holdsOf(id).get(key);
    if (before === undefined) return;
    this.#drop(id, key);
    this.#undo.push(this.#take, id, key, before);
  }

  #put(worker: WorkerRecord): void {
    const { id, offer } = worker;
    const holds = this.#holdsOf(id);
    const known = this.#tallies.get(id);
    if (known === undefined || this.#workers.get(id)?.offer !== offer) {
      const { room, ahead } = tallyOf({ offer, holds, tally: undefined });
      this.#tallies.set(id, { room, ahead: [...ahead] });
    }
    this.#workers.set(id, { ...worker, holds, tally: this.#tallies.get(id) });
  }

  readonly #restore = (id: WorkerId, before: WorkerRecord | undefined): void => {
    if (before !== undefined) this.#put(before);
    else {
      this.#workers.delete(id);
      this.#tallies.delete(id);
    }
  };

  readonly #take = (id: WorkerId, key: string, reserve: Reserve): void => {
    const holds = this.#holdsOf(id);
    if (holds.has(key)) this.#drop(id, key);
    holds.set(key, reserve);
    const tally = this.#tallies.get(id);
    if (tally === undefined) return;
    if (reserve.slots > 0) tally.room = subtract(tally.room, reserve);
    else tally.ahead.push(reserve);
  };

  readonly #drop = (id: WorkerId, key: string): void => {
    const holds = this.#holdsOf(id);
    const reserve = holds.get(key);
    if (reserve === undefined) return;
    holds.delete(key);
    const tally = this.#tallies.get(id);
    if (tally === undefined) return;
    if (reserve.slots > 0) tally.room = restore(tally.room, reserve);
    else tally.ahead.splice(tally.ahead.indexOf(reserve), 1);
  };

  /** The jobs that its holds name, with their epochs. */
  heldBy(id: WorkerId): readonly Pick<AttemptRef, 'job_id' | 'epoch'>[] {
    return [...(this.#holds.get(id)?.keys() ?? [])].map((key) => {
      const at = key.indexOf('#');
      return { job_id: key.slice(0, at) as JobId, epoch: Number(key.slice(at + 1)) };
    });
  }

  #holdsOf(id: WorkerId): Holds {
    const known = this.#holds.get(id);
    if (known !== undefined) return known;
    const made: Holds = new Map();
    this.#holds.set(id, made);
    return made;
  }
}
