import { z } from 'zod';
import { JobId, WorkerId } from './ids.ts';
import { JobState, Reason } from './job.ts';

/** Why a job waits, by the same functions that place it. */
export const Explanation = z
  .object({
    job_id: JobId,
    state: JobState,
    reason: Reason,
    summary: z.string().describe('one sentence for a person'),
    position: z.number().int().nullable().describe('1 = next of its requirement class'),
    workers: z.number().int().describe('workers considered'),
    feasible_now: z.number().int().describe('workers that could take it this moment'),
    feasible_ever: z.number().int().describe('workers that could take it when idle'),
    checks: z.array(
      z.object({
        requirement: z.string(),
        needed: z.string(),
        failing: z.number().int(),
        message: z.string(),
      }),
    ),
    nearest: z.object({ worker_id: WorkerId, name: z.string(), missing: z.array(z.string()) }).nullable(),
    fix: z.string().nullable().describe('the command that would let it start'),
  })
  .meta({ id: 'Explanation' });
export type Explanation = z.infer<typeof Explanation>;
