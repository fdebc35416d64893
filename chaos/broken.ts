import { type Entry, type EntryOf, type EventEntry, LAST_KEY } from './history.ts';

export interface Break {
  readonly name: string;
  /** The rule that must reject it. */
  readonly rule: string;
  apply(history: readonly Entry[]): Entry[];
}

/** Bugs that a run must never let pass, each planted by hand into a history that is good. */
export const BREAKS: readonly Break[] = [
  {
    name: 'an acknowledged job is gone',
    rule: 'nothing-lost',
    apply: (history) => {
      const { ids } = one(history, 'acknowledged', ({ op }) => op === 'submit');
      return history.filter((entry) => !(entry.kind === 'job' && entry.id === ids[0]));
    },
  },
  {
    name: 'one key made two jobs',
    rule: 'one-job-per-key',
    apply: (history) => {
      const job = succeeded(history);
      return [...history, { ...job, id: `${job.id}x` }];
    },
  },
  {
    name: 'a job is committed twice',
    rule: 'one-end',
    apply: (history) => {
      const end = ended(history);
      return [...history, { ...end, seq: nextSeq(history) }];
    },
  },
  {
    name: 'a job goes on after its end',
    rule: 'one-end',
    apply: (history) => {
      const end = ended(history);
      const attempt = (end.attempt ?? 0) + 1;
      return [
        ...history,
        { ...end, seq: nextSeq(history), type: 'job.starting', state: 'starting', attempt },
      ];
    },
  },
  {
    name: 'a second attempt reuses the epoch of the first',
    rule: 'epochs-rise',
    apply: (history) =>
      history.map((entry) =>
        entry.kind === 'event' && entry.reader === 'audit' && entry.attempt === 2
          ? { ...entry, attempt: 1 }
          : entry,
      ),
  },
  {
    name: 'a stale run is committed in place of the latest',
    rule: 'one-commit',
    apply: (history) => {
      const job = one(history, 'job', ({ printed, state }) => printed !== undefined && state === 'succeeded');
      return history.map((entry) =>
        entry.kind === 'run' && entry.job === job.id ? { ...entry, epoch: entry.epoch - 1 } : entry,
      );
    },
  },
  {
    name: 'a run is committed that began before its attempt was claimed',
    rule: 'one-commit',
    apply: (history) => {
      const job = one(
        history,
        'job',
        ({ began_at, state }) => began_at !== undefined && state === 'succeeded',
      );
      return history.map((entry) =>
        entry === job ? { ...job, began_at: (job.began_at ?? 0) - 5000 } : entry,
      );
    },
  },
  {
    name: 'a job is still running at the end',
    rule: 'none-stuck',
    apply: (history) => {
      const stuck = succeeded(history);
      return history
        .filter((entry) => entry !== lastEnd(history, stuck.id))
        .map((entry) => (entry === stuck ? { ...entry, state: 'running' as const } : entry));
    },
  },
  {
    name: 'a canceled job succeeds',
    rule: 'cancel-holds',
    apply: (history) => {
      const job = succeeded(history);
      const answer = {
        kind: 'cancel',
        client: 'c',
        job: job.id,
        result: 'canceled',
        state: 'canceled',
      } as const;
      return [...history, { ...answer, at: job.at }];
    },
  },
  {
    name: 'an event that was read is gone',
    rule: 'events-kept',
    apply: (history) => {
      const seen = one(history, 'event', ({ reader }) => reader === 'follower');
      return history.filter(
        (entry) => !(entry.kind === 'event' && entry.reader === 'audit' && entry.seq === seen.seq),
      );
    },
  },
  {
    name: 'events have a hole',
    rule: 'no-hole',
    apply: (history) => {
      const inner = one(history, 'event', ({ seq, reader }) => reader === 'audit' && seq > 5);
      return history.filter((entry) => !(entry.kind === 'event' && entry.seq === inner.seq));
    },
  },
  {
    name: 'a job that was read as ended is another one later',
    rule: 'still-there',
    apply: (history) => {
      const seen = one(history, 'seen', ({ outcome }) => outcome !== '');
      return [...history, { ...seen, outcome: 'another' }];
    },
  },
  {
    name: 'a job ends without having started',
    rule: 'states-follow',
    apply: (history) => {
      const { job } = ended(history);
      return history.filter(
        (entry) => !(entry.kind === 'event' && entry.job === job && /^(starting|running)$/.test(entry.state)),
      );
    },
  },
  {
    name: 'an artifact has other bytes than its manifest says',
    rule: 'files-whole',
    apply: (history) => {
      const artifact = one(history, 'artifact', () => true);
      return history.map((entry) => (entry === artifact ? { ...artifact, read: '0'.repeat(64) } : entry));
    },
  },
  {
    name: 'a submit fails for no reason',
    rule: 'refusals-explained',
    apply: (history) => {
      const { key, client, at } = one(history, 'acknowledged', () => true);
      return [
        ...history,
        { kind: 'refused', op: 'submit', client, of: key, status: 500, code: 'internal', at },
      ];
    },
  },
  {
    name: 'the orchestrator crashes by itself',
    rule: 'nothing-died',
    apply: (history) => {
      const { at } = one(history, 'plan', () => true);
      return [
        ...history,
        { kind: 'fault', fault: 'died', target: 'orchestrator', detail: 'exit code 1', at },
      ];
    },
  },
];

function one<K extends Entry['kind']>(
  history: readonly Entry[],
  kind: K,
  which: (entry: EntryOf<K>) => boolean,
): EntryOf<K> {
  for (const entry of history)
    if (entry.kind === kind && which(entry as EntryOf<K>)) return entry as EntryOf<K>;
  throw new Error(`the history has no such ${kind} to break`);
}

/** One that a client asked for: the last job of all is the harvest’s own. */
const succeeded = (history: readonly Entry[]): EntryOf<'job'> =>
  one(history, 'job', ({ key, state }) => key !== LAST_KEY && state === 'succeeded');

const ended = (history: readonly Entry[]): EntryOf<'event'> =>
  one(history, 'event', ({ reader, state }) => reader === 'audit' && state === 'succeeded');

const lastEnd = (history: readonly Entry[], job: string): EntryOf<'event'> =>
  one(
    history,
    'event',
    (event) => event.reader === 'audit' && event.job === job && event.state === 'succeeded',
  );

const nextSeq = (history: readonly Entry[]): number =>
  1 +
  history
    .filter((entry): entry is Entry & EventEntry => entry.kind === 'event')
    .reduce((most, { seq }) => Math.max(most, seq), 0);
