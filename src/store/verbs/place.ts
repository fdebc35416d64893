import { covers, type Reserve } from '../../core/resources.ts';
import { transition } from '../../core/transition.ts';
import { bookOf, holdKey, takesWork, type WorkerRecord } from '../../core/worker.ts';
import type { PlaceItem, PlaceResult } from '../job-store.ts';
import type { Tables } from '../tables.ts';
import type { Verbs } from '../verbs.ts';
import { saveChange } from './job-change.ts';
import { roomUnder } from './limit.ts';

export const commitPlacements: Verbs['commitPlacements'] = (tables, [items, lease_ms], now) => {
  tables.fetchJobs(items.map((item) => item.job_id));
  return items.map((item) => place(tables, item, now + lease_ms, now));
};

/** C3b: a changed job, a changed session, a limit or no room refuses this item alone. */
function place(tables: Tables, item: PlaceItem, lease_until: number, now: number): PlaceResult {
  const job = tables.job(item.job_id);
  if (job === null || job.epoch !== item.expected_epoch) return refused('job_changed');
  const worker = tables.worker(item.worker_id);
  if (worker === null || worker.session !== item.expected_session || !takesWork(worker)) {
    return refused('worker_changed');
  }
  if (roomUnder(tables, job) < 1) return refused('limited');
  const attempt = {
    nonce: item.nonce,
    worker_id: item.worker_id,
    session: worker.session,
    lease_until,
    reserve: item.reserve,
  };
  const placed = transition(job, { kind: 'place', attempt }, now);
  if (!placed.ok) return refused('job_changed');
  if (!mayHold(worker, job.requirements.gpu, item.reserve)) return refused('no_room');
  tables.hold(worker.id, holdKey({ job_id: job.id, epoch: placed.job.epoch }), item.reserve);
  saveChange(tables, job, placed.job, now);
  const after = tables.restsOn(job.id);
  return after === null ? { kind: 'placed', job: placed.job } : { kind: 'placed', job: placed.job, after };
}

const refused = (why: Extract<PlaceResult, { kind: 'refused' }>['why']): PlaceResult => ({
  kind: 'refused',
  why,
});

/** False when it does not fit, or was to be sent ahead and may not be (C10). */
function mayHold(worker: WorkerRecord, gpu: 'required' | 'preferred' | 'none', reserve: Reserve): boolean {
  const { room, credit } = bookOf(worker);
  if (reserve.slots > 0) return covers(room, reserve);
  return credit > 0 && gpu === 'none' && reserve.gpus.length === 0;
}
