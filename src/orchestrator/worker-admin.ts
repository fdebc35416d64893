import type { WorkerRecord } from '../core/worker.ts';
import { HiveError } from '../protocol/errors.ts';
import type { WorkerId } from '../protocol/ids.ts';
import type { WorkerPatch } from '../protocol/worker.ts';
import type { Deps } from './deps.ts';
import type { Sessions } from './sessions.ts';

export async function getWorker(deps: Deps, id: WorkerId): Promise<WorkerRecord> {
  const worker = (await deps.store.jobs.listWorkers()).find((candidate) => candidate.id === id);
  if (worker === undefined)
    throw new HiveError('worker_not_found', `there is no worker ${id}`, { hint: 'hive workers lists them' });
  return worker;
}

/**
 * Draining takes no new work. With a deadline what runs is to save a checkpoint and leave by then; without one it runs to
 * its end. The store's word rides every beat reply; the pushed directives only make it immediate (C9);
 * that a drain is taken back comes with the next reply.
 */
export async function patchWorker(
  deps: Deps,
  sessions: Sessions,
  id: WorkerId,
  patch: WorkerPatch,
): Promise<WorkerRecord> {
  const draining = patch.state === 'draining';
  const left_ms = patch.deadline_seconds === undefined ? null : Math.round(patch.deadline_seconds * 1000);
  const result = await deps.store.jobs.upsertWorker({ kind: 'drain', worker_id: id, draining, left_ms });
  if (result.kind !== 'ok')
    throw new HiveError('worker_not_found', `there is no worker ${id}`, { hint: 'hive workers lists them' });
  if (draining) {
    for (const attempt of result.orphans)
      sessions.send(id, {
        type: 'directive',
        attempt,
        directive: 'drain',
        ...(left_ms !== null && { left_ms }),
      });
  }
  return result.worker;
}
