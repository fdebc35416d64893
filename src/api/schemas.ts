import { z } from 'zod';
import { GroupId, JobId, WorkerId } from '../protocol/ids.ts';
import { Job, JobState } from '../protocol/job.ts';

export const JobParams = z.object({ id: JobId });

/** `a,b`, or the parameter repeated, or both. */
const listOf = <T extends z.ZodType<unknown, string>>(item: T) =>
  z
    .union([z.string(), z.array(z.string())])
    .transform((value) => [value].flat().flatMap((text) => text.split(',')))
    .pipe(z.array(item).max(100));

const Label = z.string().regex(/^[^=]+=/, 'must be key=value');

export const JobListQuery = z.strictObject({
  state: listOf(JobState).optional().describe('repeatable, or several with commas'),
  module: z.string().max(128).optional(),
  label: z
    .union([Label, z.array(Label).max(32)])
    .transform((value) => [value].flat())
    .optional()
    .describe('key=value; repeatable, all must hold'),
  worker: z
    .string()
    .refine(
      (text) => WorkerId.safeParse(text).success,
      'must be the id of a worker: /v1/workers lists them with their names',
    )
    .pipe(WorkerId)
    .optional()
    .describe('id of a worker, as /v1/workers lists it'),
  group: GroupId.optional().describe('jobs of this group'),
  cursor: z.string().max(1024).optional().describe('next_cursor of the page before'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export const WaitQuery = z.strictObject({
  wait: z.coerce.number().int().min(0).optional().describe('seconds to wait for the job to end, at most 60'),
});

export const AfterQuery = z.strictObject({
  after: z.coerce.number().int().min(0).optional().describe('resume after this event id'),
});

export const LastEventId = z.looseObject({
  'last-event-id': z
    .string()
    .regex(/^\d{1,15}$/, 'must be the id of an event')
    .optional()
    .describe('resume after this event id'),
});

export const LogsQuery = z.strictObject({
  after: z.coerce.number().int().default(0).describe('byte offset to start at; negative counts from the end'),
  attempt: z.coerce.number().int().min(1).optional().describe('the latest when left out'),
  follow: z.stringbool().default(false).describe('stream what comes until the attempt ends'),
});

export const SubmitHeaders = z.looseObject({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1-255 visible ASCII characters')
    .optional()
    .describe('the same key and body again answer with the same job, for 24 hours'),
  prefer: z.string().optional().describe('wait=SECONDS holds the answer until the job ends, at most 60'),
});

export const listOfData = <T extends z.ZodType>(item: T) => z.object({ data: z.array(item) });
export const JobPage = z
  .object({ data: z.array(Job), next_cursor: z.string().nullable(), has_more: z.boolean() })
  .meta({ id: 'JobPage' });
