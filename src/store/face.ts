import type { Clock, JobStore } from './job-store.ts';
import type { RunRead } from './reads.ts';
import type { RecordStore } from './record-store.ts';
import type { RunVerb } from './verbs.ts';

/** Who is told of commits. */
export class Listeners {
  readonly #listeners = new Set<(seq: number) => void>();

  add(listener: (seq: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(seq: number): void {
    for (const listener of this.#listeners) listener(seq);
  }
}

/** The public face of a store over the two ways to run something in it. */
export function jobStoreOver(run: RunVerb, read: RunRead, clock: Clock, listeners: Listeners): JobStore {
  return {
    insertJobs: (...args) => run('insertJobs', args),
    readReady: (...args) => run('readReady', args),
    commitPlacements: (...args) => run('commitPlacements', args),
    startAttempts: (...args) => run('startAttempts', args),
    renewLeases: (...args) => run('renewLeases', args),
    settle: (...args) => run('settle', args),
    commitCheckpoints: (...args) => run('commitCheckpoints', args),
    requestCancel: (...args) => run('requestCancel', args),
    releaseUndelivered: (...args) => run('releaseUndelivered', args),
    expireLeases: (...args) => run('expireLeases', args),
    patchJobs: (...args) => run('patchJobs', args),
    upsertWorker: (...args) => run('upsertWorker', args),
    listWorkers: (...args) => run('listWorkers', args),
    holdRole: (...args) => run('holdRole', args),
    prune: (...args) => run('prune', args),
    getJob: (...args) => read('getJob', args),
    listJobs: (...args) => read('listJobs', args),
    countJobs: (...args) => read('countJobs', args),
    readEvents: (...args) => read('readEvents', args),
    readClock: () => Promise.resolve(clock.now()),
    onCommit: (listener) => listeners.add(listener),
  };
}

/** What is stored was checked against its kind's schema when it was put, so it is read back under the kind's type. */
export function recordStoreOver(run: RunVerb, read: RunRead): RecordStore {
  return {
    get: (kind, id) => read('getRecord', [kind, id]) as ReturnType<RecordStore['get']> as never,
    list: (kind, query) => read('listRecords', [kind, query]) as ReturnType<RecordStore['list']> as never,
    put: (kind, id, value, expected, role) => run('putRecord', [kind, id, value, expected, role]),
    remove: (kind, id) => run('removeRecord', [kind, id]),
  };
}
