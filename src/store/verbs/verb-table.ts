import type { Verbs } from '../verbs.ts';
import { releaseUndelivered, renewLeases, startAttempts } from './attempts.ts';
import { requestCancel } from './cancel.ts';
import { commitCheckpoints } from './checkpoint.ts';
import { insertJobs } from './insert.ts';
import { patchJobs } from './patch.ts';
import { commitPlacements } from './place.ts';
import { prune } from './prune.ts';
import { readReady } from './ready.ts';
import { putRecord, removeRecord } from './records.ts';
import { holdRole } from './roles.ts';
import { settle } from './settle.ts';
import { expireLeases } from './sweep.ts';
import { listWorkers, upsertWorker } from './workers.ts';

export const VERBS: Verbs = {
  insertJobs,
  readReady,
  commitPlacements,
  startAttempts,
  renewLeases,
  settle,
  commitCheckpoints,
  requestCancel,
  releaseUndelivered,
  expireLeases,
  patchJobs,
  upsertWorker,
  listWorkers,
  holdRole,
  prune,
  putRecord,
  removeRecord,
};
