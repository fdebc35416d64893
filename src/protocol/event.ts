import { z } from 'zod';
import { JobId, WorkerId } from './ids.ts';
import { JobState, Reason } from './job.ts';
import { WorkerState } from './worker.ts';

/** A state change in the append-only history. `seq` rises by one per event and is the cursor of every reader. */
export const HiveEvent = z
  .object({
    seq: z.number().int(),
    at: z.string(),
    type: z.string().describe('job.<state> or worker.<state>'),
    job_id: JobId.optional(),
    worker_id: WorkerId.optional(),
    state: z.union([JobState, WorkerState]),
    reason: Reason,
    attempt: z.number().int().optional(),
  })
  .meta({ id: 'Event' });
export type HiveEvent = z.infer<typeof HiveEvent>;
