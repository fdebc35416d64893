import { holdKey, type WorkerRecord } from '../../core/worker.ts';
import type { AttemptRef } from '../../protocol/attempt.ts';
import type { Tables } from '../tables.ts';
import { isoTime } from './iso-time.ts';

/** Saves a worker and tells the history when its state changed or another process came under its id. */
export function saveWorkerChange(
  tables: Tables,
  before: WorkerRecord | null,
  after: WorkerRecord,
  now: number,
): void {
  tables.saveWorker(after);
  if (before?.state === after.state && before.boot_id === after.boot_id) return;
  const { id, state, reason } = after;
  tables.append({ at: isoTime(now), type: `worker.${state}`, worker_id: id, state, reason });
}

/** A renewal proves that the worker is there, whatever its silence made of it. */
export function heard(tables: Tables, worker: WorkerRecord, now: number): void {
  const gone = worker.state === 'unreachable' || worker.state === 'suspect' || worker.state === 'lost';
  const seen = { ...worker, last_seen_at: now };
  if (!gone) {
    tables.saveWorker(seen);
    return;
  }
  const state = worker.draining ? 'draining' : 'online';
  const reason = worker.cordon ?? { code: 'heard', message: 'its beats arrive again' };
  saveWorkerChange(tables, worker, { ...seen, state, reason }, now);
}

/** Ends the holds of unconfirmed cancels that the worker, which lists all it has, no longer lists (C8). */
export function dropEnded(tables: Tables, worker: WorkerRecord, listed: readonly AttemptRef[]): void {
  const here = new Set(listed.map(holdKey));
  const unlisted = [...worker.holds.keys()].filter((key) => !here.has(key));
  if (unlisted.length === 0) return;
  const held = new Set(tables.attemptsOf(worker.id).map(holdKey));
  for (const key of unlisted) if (!held.has(key)) tables.unhold(worker.id, key);
}

/** Ends every hold that no attempt of the store stands behind (C8), and names those attempts. */
export function dropStranded(tables: Tables, worker: WorkerRecord): readonly AttemptRef[] {
  const attempts = tables.attemptsOf(worker.id);
  const held = new Set(attempts.map(holdKey));
  for (const key of [...worker.holds.keys()]) if (!held.has(key)) tables.unhold(worker.id, key);
  return attempts;
}
