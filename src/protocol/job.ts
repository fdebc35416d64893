import { z } from 'zod';
import { ArtifactId, GroupId, JobId, WorkerId } from './ids.ts';
import { JOB_STATES } from './job-state.ts';
import { Requirements } from './requirements.ts';

export const JobState = z.enum(JOB_STATES);
export type JobState = z.infer<typeof JobState>;

export const Reason = z.object({ code: z.string(), message: z.string() }).meta({ id: 'Reason' });
export type Reason = z.infer<typeof Reason>;

export const Progress = z
  .object({
    percent: z.number().min(0).max(100),
    stage: z.string().max(64).optional(),
    message: z.string().max(512).optional(),
  })
  .meta({ id: 'Progress' });
export type Progress = z.infer<typeof Progress>;

/** Why an attempt failed; each cause has its own retry budget. */
const FAILURE_CAUSES = ['user', 'infra', 'oom', 'timeout'] as const;
export const FailureCause = z.enum(FAILURE_CAUSES);
export type FailureCause = z.infer<typeof FailureCause>;

export const JobError = z
  .object({
    cause: FailureCause,
    code: z.string().max(64),
    message: z.string().max(8192),
    hint: z.string().max(2048).optional(),
    details: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'JobError' });
export type JobError = z.infer<typeof JobError>;

const count = z.number().int().min(0).max(1000);
export const RetryPolicy = z
  .strictObject({
    user: count.default(0).describe('retries after exit code ≠ 0 or a module error'),
    infra: count.default(5).describe('retries after a lost worker or a failed node'),
    oom: count.default(1).describe('retries after running out of memory, each with twice the memory'),
    timeout: count.default(0).describe('retries after the time limit'),
    backoff_ms: z
      .number()
      .int()
      .min(0)
      .max(86_400_000)
      .default(1000)
      .describe('first back-off; doubles, full jitter'),
    max_backoff_ms: z.number().int().min(0).max(86_400_000).default(60_000),
  })
  .meta({ id: 'RetryPolicy' });
export type RetryPolicy = z.infer<typeof RetryPolicy>;

/** File name of an artifact inside its job: a relative path with no empty, `.` or `..` part. */
export const ArtifactName = z
  .string()
  .min(1)
  .max(255)
  .regex(
    /^(?!\/)(?!.*(?:^|\/)\.{1,2}(?:\/|$))(?!.*\/\/)[^\\\p{Cc}]+(?<!\/)$/u,
    'must be a relative path without . or .. parts',
  );

/** One line of the manifest that an outcome commits. */
export const ManifestEntry = z.strictObject({
  name: ArtifactName,
  size: z.number().int().min(0).describe('bytes'),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type ManifestEntry = z.infer<typeof ManifestEntry>;

/** What an attempt saved so that another can go on from there (C9). */
const Checkpoint = z
  .object({
    attempt: z.number().int().describe('epoch of the attempt that saved it'),
    at: z.string(),
    files: z.array(ManifestEntry),
  })
  .meta({ id: 'Checkpoint' });

export const Artifact = ManifestEntry.extend({
  id: ArtifactId,
  job_id: JobId,
  content_type: z.string(),
  created_at: z.string(),
  url: z.string(),
}).meta({ id: 'Artifact' });
export type Artifact = z.infer<typeof Artifact>;

const PRIORITY_WORDS = { high: 50, medium: 0, low: -50 } as const;
export const OnPartition = z
  .enum(['kill', 'keep_running'])
  .describe(
    'what a worker does that is cut off for longer than it may be: kill the attempt, so that the job never runs twice at once, or keep it running though the job is given to another meanwhile',
  );
export type OnPartition = z.infer<typeof OnPartition>;

const Priority = z
  .union([
    z.number().int().min(-100).max(100),
    z.enum(['high', 'medium', 'low']).transform((word) => PRIORITY_WORDS[word]),
  ])
  .describe('-100..100 or high | medium | low (50, 0, -50); higher starts sooner');

export const Labels = z
  .record(
    z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$/, 'label keys are 1-63 of A-Z a-z 0-9 . _ / -'),
    z.string().max(256),
  )
  .refine((labels) => Object.keys(labels).length <= 32, 'at most 32 labels');

export const OnParentFailure = z
  .enum(['cancel', 'run'])
  .describe('when a parent does not succeed: cancel this job too, or run it all the same');
export type OnParentFailure = z.infer<typeof OnParentFailure>;

const Parent = z
  .string()
  .regex(/^(?:job_[0-9a-z]{26}|#\d{1,5})$/, 'must be the id of a job, or # and a place in the same batch');

const Concurrency = z
  .strictObject({ key: z.string().min(1).max(256), max: z.number().int().min(1).max(100_000) })
  .describe('at most `max` jobs of the tenant that name this key run at once');

/** The body of `POST /v1/jobs`. */
export const JobSubmit = z
  .strictObject({
    module: z.string().min(1).max(128),
    input: z.record(z.string(), z.unknown()).default({}),
    name: z.string().min(1).max(128).optional(),
    labels: Labels.default({}),
    priority: Priority.default(0),
    requirements: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('overrides of what the module needs, see Requirements'),
    retry: RetryPolicy.prefault({}),
    timeout_seconds: z
      .number()
      .min(0.1)
      .max(30 * 86_400)
      .default(86_400)
      .describe('wall time of one attempt'),
    depends_on: z
      .array(Parent)
      .max(1000)
      .default([])
      .describe('jobs that must have ended first; `#0` names the first job of the same batch'),
    on_parent_failure: OnParentFailure.default('cancel'),
    unique_key: z
      .string()
      .min(1)
      .max(256)
      .optional()
      .describe('while a job with this key has not ended, a submit with it answers that job'),
    concurrency: Concurrency.optional(),
    strict: z.boolean().default(false).describe('its priority comes before any waiting time'),
    on_partition: OnPartition.default('kill'),
    run_at: z.iso.datetime({ offset: true }).optional().describe('do not start before'),
    deadline_at: z.iso
      .datetime({ offset: true })
      .optional()
      .describe('expires when it has not started by then'),
  })
  .meta({ id: 'JobSubmit' });
export type JobSubmit = z.infer<typeof JobSubmit>;
export type JobSubmitInput = z.input<typeof JobSubmit>;

export const JobPatch = z
  .strictObject({ priority: Priority.optional(), labels: Labels.optional() })
  .refine((patch) => patch.priority !== undefined || patch.labels !== undefined, 'name priority or labels')
  .meta({ id: 'JobPatch' });
export type JobPatch = z.infer<typeof JobPatch>;

/** One line of a job's own history. */
export const TimelineEntry = z
  .object({ at: z.string(), state: JobState, code: z.string(), attempt: z.number().int() })
  .meta({ id: 'TimelineEntry' });
export type TimelineEntry = z.infer<typeof TimelineEntry>;

const time = z.string().describe('RFC 3339 UTC');

/** The one job object: in GET, in lists, in events, in webhooks and in `-o json`. */
export const Job = z
  .object({
    id: JobId,
    module: z.string(),
    name: z.string().nullable(),
    state: JobState,
    reason: Reason,
    progress: Progress.nullable(),
    priority: z.number().int(),
    labels: z.record(z.string(), z.string()),
    input: z.record(z.string(), z.unknown()),
    output: z.unknown(),
    engine: z.string().nullable().describe('the implementation that made the result'),
    metrics: z.record(z.string(), z.number()),
    warnings: z.array(z.string()),
    error: JobError.nullable(),
    requirements: Requirements,
    retry: RetryPolicy,
    retries_used: z.object({ user: z.number(), infra: z.number(), oom: z.number(), timeout: z.number() }),
    attempt: z.number().int().describe('attempts begun; also the epoch of the running one'),
    checkpoint: Checkpoint.nullable().describe('where the next attempt goes on; kept until the job ends'),
    worker_id: WorkerId.nullable(),
    tenant: z.string(),
    principal: z.string(),
    group_id: GroupId.nullable(),
    retry_of: JobId.nullable(),
    depends_on: z.array(JobId),
    on_parent_failure: OnParentFailure,
    waits_for: z.array(JobId).describe('parents that have not ended'),
    unique_key: z.string().nullable(),
    concurrency: Concurrency.nullable(),
    strict: z.boolean(),
    timeout_seconds: z.number(),
    on_partition: OnPartition,
    run_at: time.nullable(),
    deadline_at: time.nullable(),
    cancel_requested_at: time.nullable(),
    created_at: time,
    started_at: time.nullable(),
    finished_at: time.nullable(),
    timings: z.object({
      queued_ms: z.number().nullable(),
      starting_ms: z.number().nullable(),
      running_ms: z.number().nullable(),
    }),
    artifacts: z.array(Artifact),
    timeline: z.array(TimelineEntry),
    urls: z.object({ self: z.string(), events: z.string(), logs: z.string(), cancel: z.string() }),
  })
  .meta({ id: 'Job' });
export type Job = z.infer<typeof Job>;
