import { jobStoreOver, Listeners, recordStoreOver } from '../face.ts';
import type { Clock } from '../job-store.ts';
import type { RunRead } from '../reads.ts';
import type { Store } from '../record-store.ts';
import { VERBS } from '../verbs/verb-table.ts';
import type { RunVerb, VerbAnswer, VerbArgs, VerbName } from '../verbs.ts';
import { memoryReads } from './memory-reads.ts';
import { MemoryTables } from './memory-tables.ts';

export interface MemoryOptions {
  readonly clock: Clock;
  readonly max_queued?: number | undefined;
}

/** A store that lives and dies with its process: for tests and for the simulation, whose clock it takes. */
export function createMemoryStore({ clock, max_queued }: MemoryOptions): Store {
  const tables = new MemoryTables(max_queued ?? Number.POSITIVE_INFINITY);
  const reads = memoryReads(tables);
  const listeners = new Listeners();
  const run: RunVerb = async <K extends VerbName>(verb: K, args: VerbArgs<K>) => {
    const before = tables.log.last_seq;
    const call = VERBS[verb] as (tables: MemoryTables, args: VerbArgs<K>, now: number) => VerbAnswer<K>;
    const { answer } = tables.perform(() => call(tables, args, clock.now()));
    tables.commit();
    if (tables.log.last_seq > before) listeners.tell(tables.log.last_seq);
    return answer;
  };
  const read: RunRead = async (name, args) => {
    const call = reads[name] as (...given: typeof args) => ReturnType<(typeof reads)[typeof name]>;
    return call(...args);
  };
  return {
    jobs: jobStoreOver(run, read, clock, listeners),
    records: recordStoreOver(run, read),
    close: async () => {},
  };
}
