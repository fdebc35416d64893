import { heldAttempt, type JobRecord } from '../../core/job.ts';
import { concurrencyLimit, tenantLimit, uniqueName } from '../../core/limits.ts';
import type { JobId } from '../../protocol/ids.ts';
import type { JobState } from '../../protocol/job.ts';
import { isTerminal, JOB_STATES } from '../../protocol/job-state.ts';
import type { ReadyClass } from '../tables.ts';
import { OrderedIds } from './ordered-ids.ts';

export const isReady = (job: JobRecord): boolean => job.status.state === 'queued' && job.wake_at === null;

/** When the clock has something to do with a job. */
const INSTANTS = {
  lease: (job: JobRecord) => heldAttempt(job)?.lease_until ?? null,
  unmarked: ({ status }: JobRecord) =>
    status.state === 'running' && !status.suspect ? status.attempt.lease_until : null,
  wake: (job: JobRecord) => (job.status.state === 'queued' ? job.wake_at : null),
  deadline: ({ status, deadline_at }: JobRecord) =>
    status.state === 'queued' || status.state === 'blocked' ? deadline_at : null,
};
export type Instant = keyof typeof INSTANTS;
const NAMES = Object.keys(INSTANTS) as Instant[];

const isTimeless = ({ status, wake_at, deadline_at }: JobRecord): boolean =>
  !isHeldState(status.state) && wake_at === null && deadline_at === null;

export interface Heads {
  readonly list: OrderedIds<number>;
  readonly most: number;
}

const NONE: readonly never[] = [];

const isHeldState = (state: JobState | undefined): boolean => state === 'starting' || state === 'running';
const isWaitingState = (state: JobState | undefined): boolean => state === 'queued' || state === 'blocked';

function add(counts: Map<string, number>, key: string, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}

/** What every store must find at once. Entries are numbers of jobs, so that a million of them stay small. */
export class JobIndexes {
  readonly counts = new Map<JobState, number>(JOB_STATES.map((state) => [state, 0]));
  /** attempts by limit, waiting jobs by tenant, open jobs by unique name */
  readonly held = new Map<string, number>();
  readonly waiting = new Map<string, number>();
  readonly uniques = new Map<string, JobId>();
  /** blocked jobs by what they wait for */
  readonly children = new Map<JobId, Set<JobId>>();
  /** Whether a count moved since somebody set this to false. */
  counted = false;
  /** by requirement class: rank, number */
  readonly ready = new Map<string, OrderedIds<number>>();
  readonly #instants: Readonly<Record<Instant, OrderedIds<number>>> = {
    lease: new OrderedIds(),
    unmarked: new OrderedIds(),
    wake: new OrderedIds(),
    deadline: new OrderedIds(),
  };

  readonly #clocks = NAMES.map((name) => ({ order: this.#instants[name], at: INSTANTS[name] }));

  at(instant: Instant): OrderedIds<number> {
    return this.#instants[instant];
  }

  /** Enters a job of a file that was opened; its state is counted already. */
  restore(instant: Instant, n: number, job: JobRecord): void {
    const at = INSTANTS[instant](job);
    if (at !== null) this.#instants[instant].add(at, n);
  }

  /** Moves the edges from what a job waited for to what it waits for. */
  edges(child: JobId, before: readonly JobId[], after: readonly JobId[]): void {
    for (const parent of before) {
      const children = this.children.get(parent);
      children?.delete(child);
      if (children?.size === 0) this.children.delete(parent);
    }
    for (const parent of after) {
      const children = this.children.get(parent);
      if (children === undefined) this.children.set(parent, new Set([child]));
      else children.add(child);
    }
  }

  change(n: number, before: JobRecord | null, after: JobRecord | null): void {
    this.#moveInstants(n, before, after);
    const waited = before?.waits_for ?? NONE;
    const waits = after?.waits_for ?? NONE;
    const id = after?.id ?? before?.id;
    if (waited !== waits && id !== undefined) this.edges(id, waited, waits);
    const from = before?.status.state;
    const to = after?.status.state;
    if (from === to) return;
    const job = after ?? before;
    if (job !== null) this.#countUse(job, from, to);
    if (from !== undefined) this.count(from, -1);
    if (to !== undefined) this.count(to, 1);
  }

  #moveInstants(n: number, before: JobRecord | null, after: JobRecord | null): void {
    // The most frequent case by far: it is queued or ended, and no clock looks at it.
    if ((before === null || isTimeless(before)) && (after === null || isTimeless(after))) return;
    for (const { order, at } of this.#clocks) {
      const from = before === null ? null : at(before);
      const to = after === null ? null : at(after);
      if (from === to) continue;
      if (from !== null) order.remove(from, n);
      if (to !== null) order.add(to, n);
    }
  }

  /** Enters a held job of a file that was opened. */
  restoreHeld(n: number, job: JobRecord): void {
    this.restore('lease', n, job);
    this.restore('unmarked', n, job);
    this.#countUse(job, undefined, job.status.state);
  }

  #countUse(job: JobRecord, from: JobState | undefined, to: JobState | undefined): void {
    const { tenant, concurrency, unique_key } = job;
    const held = Number(isHeldState(to)) - Number(isHeldState(from));
    if (held !== 0) {
      add(this.held, tenantLimit(tenant), held);
      if (concurrency !== null) add(this.held, concurrencyLimit(tenant, concurrency.key), held);
    }
    const waits = Number(isWaitingState(to)) - Number(isWaitingState(from));
    if (waits !== 0) add(this.waiting, tenant, waits);
    if (unique_key === null) return;
    const name = uniqueName(tenant, unique_key);
    if (to !== undefined && !isTerminal(to)) this.uniques.set(name, job.id);
    else if (this.uniques.get(name) === job.id) this.uniques.delete(name);
  }

  count(state: JobState, by: number): void {
    this.counted = true;
    this.counts.set(state, (this.counts.get(state) ?? 0) + by);
  }

  list(n: number, class_key: string, rank: number): void {
    const known = this.ready.get(class_key);
    const list = known ?? new OrderedIds<number>();
    if (known === undefined) this.ready.set(class_key, list);
    list.add(rank, n);
  }

  unlist(n: number, class_key: string, rank: number): void {
    const list = this.ready.get(class_key);
    list?.remove(rank, n);
    if (list?.size === 0) this.ready.delete(class_key);
  }

  /** The queues of the `classes` classes whose head ranks best. */
  heads(wanted: readonly ReadyClass[], classes: number): readonly Heads[] {
    const found = wanted.flatMap(({ key, most }) => {
      const list = this.ready.get(key);
      const first = list?.first();
      return list === undefined || first === null || first === undefined ? [] : [{ list, most, first }];
    });
    found.sort((a, b) => a.first.order - b.first.order || a.first.id - b.first.id);
    return found.slice(0, classes);
  }
}
