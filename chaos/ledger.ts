import { groupBy } from './group.ts';
import type { Entry, EntryOf, EventEntry, FinalJob, RunEntry } from './history.ts';

type Acknowledged = EntryOf<'acknowledged'>;

/** A history sorted into what the rules ask for. */
export interface Ledger {
  readonly entries: readonly Entry[];
  of<K extends Entry['kind']>(kind: K): readonly EntryOf<K>[];
  /** Ids that some client was told, with the first answer that named them. */
  readonly acknowledged: ReadonlyMap<string, Acknowledged>;
  readonly jobs: ReadonlyMap<string, FinalJob>;
  /** Of each job, as read at the end, in order. */
  readonly events: ReadonlyMap<string, readonly EventEntry[]>;
  readonly runs: ReadonlyMap<string, readonly RunEntry[]>;
  /** Whether the disk was full then, or had been so shortly before. */
  wasFull(at: number): boolean;
}

/** A disk that has room again is noticed by the next write; until then what was already refused is still on its way. */
const AFTERMATH_MS = 3000;

export function openLedger(entries: readonly Entry[]): Ledger {
  const kinds = groupBy(entries, (entry) => entry.kind);
  const of = <K extends Entry['kind']>(kind: K): readonly EntryOf<K>[] =>
    (kinds.get(kind) ?? []) as EntryOf<K>[];
  const acknowledged = new Map<string, Acknowledged>();
  for (const answer of of('acknowledged'))
    for (const id of answer.ids) if (!acknowledged.has(id)) acknowledged.set(id, answer);
  const audit = of('event').filter((event) => event.reader === 'audit' && event.job !== undefined);
  const full = fullTimes(of('fault'));
  return {
    entries,
    of,
    acknowledged,
    jobs: new Map(of('job').map((job) => [job.id, job])),
    events: groupBy(audit, (event) => event.job ?? ''),
    runs: groupBy(of('run'), (run) => run.job),
    wasFull: (at) => full.some(([from, to]) => at >= from && at <= to + AFTERMATH_MS),
  };
}

function fullTimes(faults: readonly EntryOf<'fault'>[]): [from: number, to: number][] {
  const times: [number, number][] = [];
  for (const { fault, at } of faults) {
    const last = times.at(-1);
    if (fault === 'fill') times.push([at, Number.POSITIVE_INFINITY]);
    if (fault === 'free' && last !== undefined) last[1] = at;
  }
  return times;
}
