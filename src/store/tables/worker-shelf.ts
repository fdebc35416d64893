import { type Reserve, restore, subtract } from '../../core/resources.ts';
import { type Tally, tallyOf, type WorkerRecord } from '../../core/worker.ts';
import type { AttemptRef } from '../../protocol/attempt.ts';
import type { JobId, WorkerId } from '../../protocol/ids.ts';
import type { UndoLog } from './undo-log.ts';

type Holds = Record<string, Reserve>;

const withHold = ({ room, ahead }: Tally, reserve: Reserve): Tally =>
  reserve.slots > 0 ? { room: subtract(room, reserve), ahead } : { room, ahead: [...ahead, reserve] };

const withoutHold = ({ room, ahead }: Tally, reserve: Reserve): Tally =>
  reserve.slots > 0
    ? { room: restore(room, reserve), ahead }
    : { room, ahead: ahead.toSpliced(ahead.indexOf(reserve), 1) };

/** All workers, in memory in every store: they are few, every placement reads them, and their holds change with each job. */
export class WorkerShelf {
  readonly #workers = new Map<WorkerId, WorkerRecord>();
  readonly #holds = new Map<WorkerId, Holds>();
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
    const holds = this.#holdsOf(worker.id);
    const known = before?.offer === worker.offer ? before.tally : undefined;
    const tally = tallyOf({ offer: worker.offer, holds, tally: known });
    this.#workers.set(worker.id, { ...worker, holds, tally });
    this.#undo.push(this.#restore, worker.id, before);
  }

  hold(id: WorkerId, key: string, reserve: Reserve): void {
    this.#take(id, key, reserve);
    this.#undo.push(this.#drop, id, key);
  }

  unhold(id: WorkerId, key: string): void {
    const before = this.#holdsOf(id)[key];
    if (before === undefined) return;
    this.#drop(id, key);
    this.#undo.push(this.#take, id, key, before);
  }

  readonly #restore = (id: WorkerId, before: WorkerRecord | undefined): void => {
    if (before === undefined) this.#workers.delete(id);
    else this.#workers.set(id, before);
  };

  readonly #take = (id: WorkerId, key: string, reserve: Reserve): void => {
    const holds = this.#holdsOf(id);
    if (holds[key] !== undefined) this.#drop(id, key);
    holds[key] = reserve;
    this.#count(id, (tally) => withHold(tally, reserve));
  };

  readonly #drop = (id: WorkerId, key: string): void => {
    const holds = this.#holdsOf(id);
    const reserve = holds[key];
    if (reserve === undefined) return;
    delete holds[key];
    this.#count(id, (tally) => withoutHold(tally, reserve));
  };

  #count(id: WorkerId, change: (tally: Tally) => Tally): void {
    const worker = this.#workers.get(id);
    if (worker !== undefined) this.#workers.set(id, { ...worker, tally: change(tallyOf(worker)) });
  }

  /** The jobs that its holds name, with their epochs. */
  heldBy(id: WorkerId): readonly Pick<AttemptRef, 'job_id' | 'epoch'>[] {
    return Object.keys(this.get(id)?.holds ?? {}).map((key) => {
      const at = key.indexOf('#');
      return { job_id: key.slice(0, at) as JobId, epoch: Number(key.slice(at + 1)) };
    });
  }

  #holdsOf(id: WorkerId): Holds {
    const known = this.#holds.get(id) ?? {};
    this.#holds.set(id, known);
    return known;
  }
}
