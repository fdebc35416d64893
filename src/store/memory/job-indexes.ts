import { heldAttempt, type JobRecord } from '../../core/job.ts';
import type { JobId, WorkerId } from '../../protocol/ids.ts';
import { JOB_STATES, type JobState } from '../../protocol/job.ts';
import { OrderedIds } from './ordered-ids.ts';

type Order = (job: JobRecord) => number | null;

const ORDERS = {
  all: () => 0,
  lease: (job) => heldAttempt(job)?.lease_until ?? null,
  unmarked: (job) => {
    const { status } = job;
    return status.state === 'running' && !status.suspect ? status.attempt.lease_until : null;
  },
  wake: (job) => (job.status.state === 'queued' ? job.wake_at : null),
  deadline: ({ status, deadline_at }) =>
    status.state === 'queued' || status.state === 'blocked' ? deadline_at : null,
  ended: (job) => job.finished_at,
} as const satisfies Record<string, Order>;
export type IndexName = keyof typeof ORDERS;

const isReady = (job: JobRecord): boolean => job.status.state === 'queued' && job.wake_at === null;

/** Everything that is looked up by other than the id; each change of a job passes `change`. */
export class JobIndexes {
  readonly counts = new Map<JobState, number>(JOB_STATES.map((state) => [state, 0]));
  readonly ready = new Map<string, OrderedIds<JobId>>();
  readonly held = new Map<WorkerId, Set<JobId>>();
  readonly #ordered = new Map<IndexName, OrderedIds<JobId>>();

  index(name: IndexName): OrderedIds<JobId> {
    const known = this.#ordered.get(name);
    if (known !== undefined) return known;
    const made = new OrderedIds<JobId>();
    this.#ordered.set(name, made);
    return made;
  }

  change(before: JobRecord | null, after: JobRecord | null): void {
    for (const [name, order] of Object.entries(ORDERS) as [IndexName, Order][]) {
      const from = before === null ? null : order(before);
      const to = after === null ? null : order(after);
      if (from === to) continue;
      if (before !== null && from !== null) this.index(name).remove(from, before.id);
      if (after !== null && to !== null) this.index(name).add(to, after.id);
    }
    if (before !== null) this.#count(before, -1);
    if (after !== null) this.#count(after, 1);
    if (before !== null && isReady(before)) this.#leaveReady(before);
    if (after !== null && isReady(after)) this.#enterReady(after);
    const from = before === null ? null : heldAttempt(before);
    const to = after === null ? null : heldAttempt(after);
    if (before !== null && from !== null) this.held.get(from.worker_id)?.delete(before.id);
    if (after !== null && to !== null) setOf(this.held, to.worker_id).add(after.id);
  }

  #count(job: JobRecord, by: number): void {
    const { state } = job.status;
    this.counts.set(state, (this.counts.get(state) ?? 0) + by);
  }

  #enterReady(job: JobRecord): void {
    const list = this.ready.get(job.class_key) ?? new OrderedIds<JobId>();
    this.ready.set(job.class_key, list);
    list.add(job.rank, job.id);
  }

  #leaveReady(job: JobRecord): void {
    const list = this.ready.get(job.class_key);
    list?.remove(job.rank, job.id);
    if (list?.size === 0) this.ready.delete(job.class_key);
  }
}

function setOf(held: Map<WorkerId, Set<JobId>>, id: WorkerId): Set<JobId> {
  const known = held.get(id) ?? new Set();
  held.set(id, known);
  return known;
}
