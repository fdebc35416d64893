import type { WorkerRecord } from '../core/worker.ts';
import { HiveError } from '../protocol/errors.ts';
import type { WorkerId } from '../protocol/ids.ts';
import type { WorkerPatch } from '../protocol/worker.ts';
import type { Deps } from './deps.ts';

export async function getWorker(deps: Deps, id: WorkerId): Promise<WorkerRecord> {
  const worker = (await deps.store.jobs.listWorkers()).find((candidate) => candidate.id === id);
  if (worker === undefined)
    throw new HiveError('worker_not_found', `there is no worker ${id}`, { hint: 'hive workers lists them' });
  return worker;
}

/** Draining takes no new work and lets what runs end; online takes work again. */
export async function patchWorker(deps: Deps, id: WorkerId, patch: WorkerPatch): Promise<WorkerRecord> {
  const draining = patch.state === 'draining';
  const result = await deps.store.jobs.upsertWorker({ kind: 'drain', worker_id: id, draining });
  if (result.kind !== 'ok')
    throw new HiveError('worker_not_found', `there is no worker ${id}`, { hint: 'hive workers lists them' });
  return result.worker;
}
