import { heldAttempt, type JobRecord } from '../../core/job.ts';
import { freeRoom, holdKey, type WorkerRecord } from '../../core/worker.ts';
import type { WorkerId } from '../../protocol/ids.ts';
import type { SettleItem } from '../../store/job-store.ts';
import type { AnyVerbSeen, Invariant, Scene } from '../invariant.ts';
import type { World } from '../world.ts';

export const capacity: Invariant = {
  name: 'what is reserved fits the worker',
  watch: ({ world }, fail) => ({
    verb(seen) {
      if (seen.verb !== 'commitPlacements') return;
      for (const worker of world.store.tables.workers()) {
        const { slots, cpu, memory_bytes } = freeRoom(worker);
        if (slots < 0 || cpu < -1e-6 || memory_bytes < 0) fail(`${worker.id} has more reserved than it has`);
      }
    },
  }),
};

/** The store owns what a worker has reserved: each held attempt, and each cancel that nobody confirmed (C8). */
export const holds: Invariant = {
  name: 'holds are those of the attempts and of unconfirmed cancels',
  watch({ world, known }, fail) {
    const unconfirmed = new UnconfirmedHolds(world, known);
    let dirty = false;
    const compare = (worker: WorkerRecord): void => {
      const wanted = new Set([...unconfirmed.of(worker.id), ...keysOf(known, worker.id)]);
      for (const key of wanted) if (!worker.holds.has(key)) fail(`${worker.id} no longer holds ${key}`);
      for (const key of worker.holds.keys())
        if (!wanted.has(key)) fail(`${worker.id} still holds ${key}, which nothing stands behind`);
    };
    return {
      change(before, after) {
        dirty = true;
        unconfirmed.change(before, after);
      },
      verb(seen) {
        if (seen.verb === 'upsertWorker') dirty = true;
        unconfirmed.verb(seen);
      },
      rewound() {
        dirty = true;
        unconfirmed.rewound();
      },
      step() {
        if (!dirty) return;
        dirty = false;
        for (const worker of world.store.tables.workers()) compare(worker);
      },
      end() {
        for (const worker of world.store.tables.workers()) {
          const left = [...worker.holds.keys()];
          if (left.length > 0) fail(`${worker.id} still holds ${left.join(', ')} when all is done`);
        }
      },
    };
  },
};

function keysOf(known: Scene['known'], id: WorkerId): string[] {
  return [...known.values()].flatMap((job) => {
    const attempt = heldAttempt(job);
    return attempt?.worker_id === id ? [holdKey({ job_id: job.id, epoch: attempt.epoch })] : [];
  });
}

/** What must stay reserved though its job has ended: until its worker is back, beats without it, or is gone. */
class UnconfirmedHolds {
  readonly #world: World;
  readonly #known: Scene['known'];
  readonly #kept = new Map<WorkerId, Set<string>>();
  readonly #over = new Set<string>();

  constructor(world: World, known: Scene['known']) {
    this.#world = world;
    this.#known = known;
  }

  of(id: WorkerId): Set<string> {
    const set = this.#kept.get(id) ?? new Set();
    this.#kept.set(id, set);
    return set;
  }

  change(before: JobRecord | null, after: JobRecord): void {
    const attempt = before === null ? null : heldAttempt(before);
    const { state, reason } = after.status;
    if (attempt === null || state !== 'canceled' || reason.code !== 'unconfirmed') return;
    const worker = this.#world.store.tables.worker(attempt.worker_id);
    const gone = worker === null || worker.state === 'lost' || worker.state === 'offline';
    if (!gone && !this.#over.has(attempt.nonce))
      this.of(worker.id).add(holdKey({ job_id: after.id, epoch: attempt.epoch }));
  }

  verb(seen: AnyVerbSeen): void {
    if (seen.verb === 'settle')
      for (const item of seen.args[0]) if (isSurelyOver(item)) this.#over.add(item.attempt.nonce);
    if (seen.verb === 'renewLeases') {
      for (const [index, { worker_id, attempts }] of seen.args[0].entries()) {
        if (seen.answer[index]?.kind !== 'renewed') continue;
        const listed = new Set(attempts.map(holdKey));
        for (const key of this.of(worker_id)) if (!listed.has(key)) this.of(worker_id).delete(key);
      }
    }
    if (seen.verb !== 'upsertWorker' || seen.answer.kind !== 'ok') return;
    const [change] = seen.args;
    const gone = change.kind === 'state' && (change.state === 'lost' || change.state === 'offline');
    if (change.kind === 'hello' || change.kind === 'bye' || gone) this.of(change.worker_id).clear();
  }

  rewound(): void {
    this.#kept.clear();
    for (const worker of this.#world.store.tables.workers()) {
      const current = new Set(keysOf(this.#known, worker.id));
      for (const key of worker.holds.keys()) if (!current.has(key)) this.of(worker.id).add(key);
    }
  }
}

/** Only silence leaves a doubt: after a restart or a good-bye nothing of the attempt runs. */
const isSurelyOver = ({ outcome }: SettleItem): boolean =>
  outcome.status === 'lost' && outcome.code !== 'lease_expired';
