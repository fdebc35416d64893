import { MemoryTables } from '../store/memory/memory-tables.ts';
import { VERBS } from '../store/verbs/verb-table.ts';
import type { VerbAnswer, VerbArgs, VerbName } from '../store/verbs.ts';

/** Runs a verb of the product on tables; a mutant stands between. */
export type ApplyVerb = <K extends VerbName>(
  tables: MemoryTables,
  verb: K,
  args: VerbArgs<K>,
  now: number,
) => VerbAnswer<K>;

export const applyVerb: ApplyVerb = (tables, verb, args, now) => {
  const call = VERBS[verb] as (
    tables: MemoryTables,
    args: VerbArgs<typeof verb>,
    now: number,
  ) => VerbAnswer<typeof verb>;
  return call(tables, args, now);
};

interface Logged {
  readonly verb: VerbName;
  readonly args: VerbArgs<VerbName>;
  readonly now: number;
}

/** C12: on disk before the reply; everything else rides on the next of these. */
const SYNCED: readonly VerbName[] = [
  'insertJobs',
  'settle',
  'commitCheckpoints',
  'requestCancel',
  'putRecord',
  'removeRecord',
  'holdRole',
];
const READS: readonly VerbName[] = ['readReady', 'listWorkers'];

export interface StoreModelOptions {
  readonly now: () => number;
  readonly makeTables?: (() => MemoryTables) | undefined;
  readonly apply?: ApplyVerb | undefined;
  /** False for a verb whose reply leaves before its group is on disk. */
  readonly syncs?: ((verb: VerbName) => boolean) | undefined;
}

/**
 * The store's disk: the product's own verbs on its memory tables, beside a log of every change. A loss of power takes
 * a suffix of the log that no synced verb has passed yet; the tables are then built anew from what is left.
 */
export class StoreModel {
  tables: MemoryTables;
  readonly #options: StoreModelOptions;
  readonly #apply: ApplyVerb;
  #log: Logged[] = [];
  #synced = 0;

  constructor(options: StoreModelOptions) {
    this.#options = options;
    this.#apply = options.apply ?? applyVerb;
    this.tables = this.#emptyTables();
  }

  run<K extends VerbName>(verb: K, args: VerbArgs<K>): VerbAnswer<K> {
    const now = this.#options.now();
    if (READS.includes(verb)) return this.#apply(this.tables, verb, args, now);
    const answer = this.#commit(verb, args, now);
    this.#log.push({ verb, args: args as VerbArgs<VerbName>, now });
    if (SYNCED.includes(verb) && this.#options.syncs?.(verb) !== false) this.#synced = this.#log.length;
    return answer;
  }

  /** Changes that a loss of power may still take. */
  get unsynced(): number {
    return this.#log.length - this.#synced;
  }

  /** Takes back the last `lost` changes, as far as none of them was synced. */
  losePower(lost: number): number {
    const keep = Math.max(this.#synced, this.#log.length - lost);
    const gone = this.#log.length - keep;
    if (gone === 0) return 0;
    const kept = this.#log.slice(0, keep);
    this.tables = this.#emptyTables();
    for (const { verb, args, now } of kept) this.#commit(verb, args, now);
    this.#log = kept;
    this.#synced = keep;
    return gone;
  }

  #commit<K extends VerbName>(verb: K, args: VerbArgs<K>, now: number): VerbAnswer<K> {
    const { answer } = this.tables.perform(() => this.#apply(this.tables, verb, args, now));
    this.tables.commit();
    return answer;
  }

  #emptyTables(): MemoryTables {
    return this.#options.makeTables?.() ?? new MemoryTables(Number.POSITIVE_INFINITY);
  }
}
