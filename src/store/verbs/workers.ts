import type { WorkerRecord } from '../../core/worker.ts';
import type { AttemptRef } from '../../protocol/attempt.ts';
import type { Reason } from '../../protocol/job.ts';
import type { WorkerState } from '../../protocol/worker.ts';
import type { WorkerChange, WorkerResult } from '../job-store.ts';
import type { Tables } from '../tables.ts';
import type { Verbs } from '../verbs.ts';
import { dropStranded, saveWorkerChange } from './worker-change.ts';

type Of<K extends WorkerChange['kind']> = Extract<WorkerChange, { kind: K }>;

export const upsertWorker: Verbs['upsertWorker'] = (tables, [change], now) => {
  const worker = tables.worker(change.worker_id);
  if (change.kind === 'hello') return hello(tables, worker, change, now);
  if (worker === null) return { kind: 'not_found' };
  // What an older session says of itself no longer holds.
  if ('session' in change && change.session !== worker.session) return { kind: 'not_found' };
  switch (change.kind) {
    case 'credit':
      return save(tables, worker, { ...worker, prefetch: change.prefetch }, now);
    case 'disconnect':
      return save(tables, worker, { ...worker, connected: false }, now);
    case 'drain':
      return save(tables, worker, drained(worker, change, now), now);
    case 'state':
      return enterState(tables, worker, change, now);
    case 'bye':
      return leave(tables, worker, 'offline', { code: 'bye', message: 'it said good-bye' }, now);
  }
};

export const listWorkers: Verbs['listWorkers'] = (tables, [parts]) =>
  tables.workers().map(parts?.holds === false ? withoutHolds : snapshot);

const NO_HOLDS: WorkerRecord['holds'] = new Map();
const withoutHolds = (worker: WorkerRecord): WorkerRecord => ({
  ...worker,
  holds: NO_HOLDS,
  tally: tallyCopy(worker),
});
const tallyCopy = ({ tally }: WorkerRecord): WorkerRecord['tally'] =>
  tally && { room: tally.room, ahead: [...tally.ahead] };

/** C3b. Same boot id: another socket of the same process. New boot id: a new process, once the old one is silent. */
function hello(tables: Tables, known: WorkerRecord | null, change: Of<'hello'>, now: number): WorkerResult {
  const same_boot = known?.boot_id === change.boot_id;
  if (known?.connected && !same_boot) {
    const silent = now - known.last_seen_at;
    if (silent < change.silent_ms) return { kind: 'in_use', retry_after_ms: change.silent_ms - silent };
  }
  const draining = same_boot && known.draining;
  const worker: WorkerRecord = {
    id: change.worker_id,
    boot_id: change.boot_id,
    session: (known?.session ?? 0) + 1,
    offer: change.offer,
    state: draining ? 'draining' : 'online',
    reason: (same_boot && known.cordon) || welcome(known, same_boot),
    connected: true,
    prefetch: change.offer.prefetch ?? 0,
    draining,
    drain_until: draining ? (known.drain_until ?? null) : null,
    // A new process starts with a clean slate: somebody has seen to it.
    ...(same_boot && keptJudgement(known)),
    holds: known?.holds ?? NO_HOLDS,
    registered_at: known?.registered_at ?? now,
    last_seen_at: now,
  };
  const orphans = known === null ? [] : dropStranded(tables, known);
  return save(tables, known, worker, now, orphans, same_boot);
}

function keptJudgement({ cordon, failed_jobs }: WorkerRecord): Pick<WorkerRecord, 'cordon' | 'failed_jobs'> {
  return { ...(cordon && { cordon }), ...(failed_jobs && { failed_jobs }) };
}

function welcome(known: WorkerRecord | null, sameBoot: boolean): Reason {
  if (known === null) return { code: 'registered', message: 'its first hello' };
  return sameBoot
    ? { code: 'reconnected', message: 'the same process came back' }
    : { code: 'restarted', message: 'a new process came under its id' };
}

function drained(before: WorkerRecord, change: Of<'drain'>, now: number): WorkerRecord {
  const { draining, left_ms } = change;
  const told = left_ms === undefined ? (before.drain_until ?? null) : left_ms === null ? null : now + left_ms;
  const { cordon, failed_jobs, ...rest } = before;
  // Resumed by hand it starts with a clean slate (C7).
  const judged = draining ? before : rest;
  const worker = { ...judged, draining, drain_until: draining ? told : null };
  if (worker.state !== 'online' && worker.state !== 'draining') return worker;
  const reason = draining
    ? { code: 'draining', message: 'takes no new work' }
    : { code: 'resumed', message: 'takes work again' };
  return { ...worker, state: draining ? 'draining' : 'online', reason };
}

function enterState(tables: Tables, worker: WorkerRecord, change: Of<'state'>, now: number): WorkerResult {
  const reason = { code: change.code, message: change.message };
  if (change.state === 'lost' || change.state === 'offline') {
    return leave(tables, worker, change.state, reason, now);
  }
  const state = change.state === 'online' && worker.draining ? 'draining' : change.state;
  return save(tables, worker, { ...worker, state, reason }, now);
}

/** Gone: what was kept for an unconfirmed end is free again (C8). */
function leave(
  tables: Tables,
  worker: WorkerRecord,
  state: WorkerState,
  reason: Reason,
  now: number,
): WorkerResult {
  const orphans = dropStranded(tables, worker);
  // Silence is not a closed socket: a worker that was asleep goes on with the one it has.
  const connected = state === 'lost' && worker.connected;
  return save(tables, worker, { ...worker, state, reason, connected }, now, orphans);
}

function save(
  tables: Tables,
  before: WorkerRecord | null,
  after: WorkerRecord,
  now: number,
  orphans: readonly AttemptRef[] = tables.attemptsOf(after.id),
  same_boot = true,
): WorkerResult {
  saveWorkerChange(tables, before, after, now);
  return { kind: 'ok', worker: snapshot(tables.worker(after.id) ?? after), orphans, same_boot };
}

const snapshot = (worker: WorkerRecord): WorkerRecord => ({
  ...worker,
  holds: new Map(worker.holds),
  tally: tallyCopy(worker),
});
