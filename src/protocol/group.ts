import { z } from 'zod';
import { GroupId } from './ids.ts';
import { JobState, JobSubmit } from './job.ts';
import { JOB_STATES } from './job-state.ts';

/** Jobs of one group at most. */
const GROUP_MAX = 10_000;

/**
 * The body of `POST /v1/groups`: the jobs themselves, or one as a template for many. In a template's input the text
 * `{{index}}` becomes the job's place (0, 1, …) and `{{value}}` its value; where a text is nothing else, it becomes the
 * number or value itself.
 */
export const GroupSubmit = z
  .union([
    z.strictObject({
      job: JobSubmit,
      count: z.number().int().min(1).max(GROUP_MAX).describe('so many jobs'),
    }),
    z.strictObject({
      job: JobSubmit,
      values: z.array(z.unknown()).min(1).max(GROUP_MAX).describe('a job for each'),
    }),
    z.strictObject({ jobs: z.array(JobSubmit).min(1).max(GROUP_MAX) }),
  ])
  .meta({ id: 'GroupSubmit' });
export type GroupSubmit = z.infer<typeof GroupSubmit>;
export type GroupSubmitInput = z.input<typeof GroupSubmit>;

const count = z.number().int();
/** Jobs that were submitted as one, watched and canceled as one. */
export const Group = z
  .object({
    id: GroupId,
    total: count,
    ended: count,
    by_state: z.record(JobState, count),
    done: z.boolean().describe('every job has ended'),
    urls: z.object({ self: z.string(), jobs: z.string(), cancel: z.string() }),
  })
  .meta({ id: 'Group' });
export type Group = z.infer<typeof Group>;

export const NO_JOBS = Object.fromEntries(JOB_STATES.map((state) => [state, 0])) as Record<JobState, number>;
