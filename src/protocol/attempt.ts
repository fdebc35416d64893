import { z } from 'zod';
import { JobId } from './ids.ts';
import { JobError, ManifestEntry, OnPartition, Progress } from './job.ts';

export const Nonce = z.string().regex(/^[0-9a-f]{32}$/, 'must be 128 bits in hex');

/** Names one execution of a job. Everything a worker writes carries it and is refused when it is stale (C1, C2). */
export const AttemptRef = z.object({ job_id: JobId, epoch: z.number().int().min(1), nonce: Nonce });
export type AttemptRef = z.infer<typeof AttemptRef>;

/** What a worker reports at the end of an attempt. */
export const WorkerOutcome = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('succeeded'),
    engine: z.string().min(1).max(64),
    output: z.unknown(),
    metrics: z.record(z.string(), z.number()).default({}),
    warnings: z.array(z.string().max(2048)).max(100).default([]),
    artifacts: z.array(ManifestEntry).max(10_000).default([]),
  }),
  z.object({
    status: z.literal('failed'),
    error: JobError,
    artifacts: z.array(ManifestEntry).max(10_000).default([]),
  }),
  z.object({ status: z.literal('canceled') }),
  z.object({ status: z.literal('preempted'), message: z.string().max(1024) }),
]);
export type WorkerOutcome = z.infer<typeof WorkerOutcome>;

/** An end that only the orchestrator may state: the attempt's holder is gone. */
export interface LostOutcome {
  readonly status: 'lost';
  readonly code: 'lease_expired' | 'worker_restarted' | 'worker_left';
  /** End of the lease that ran out, in Unix milliseconds: a renewal since then makes the loss untrue (C4). */
  readonly lease_until?: number;
  readonly message: string;
}
export type Outcome = WorkerOutcome | LostOutcome;

/** A file of a job's input, pinned by content at submit. */
export const StagedInput = z.object({
  name: z.string(),
  ref: z.string(),
  size: z.number().int(),
  sha256: z.string(),
});
export type StagedInput = z.infer<typeof StagedInput>;

/** Files of one checkpoint at most. */
const MAX_CHECKPOINT_FILES = 1000;
export const CheckpointManifest = z
  .strictObject({ files: z.array(ManifestEntry).min(1).max(MAX_CHECKPOINT_FILES) })
  .meta({ id: 'CheckpointManifest' });
export type CheckpointManifest = z.infer<typeof CheckpointManifest>;

/** Code of the failure of a worker that was given a resume pointer and cannot get what it points to. */
export const CHECKPOINT_UNREADABLE = 'checkpoint_unreadable';
/** Holds a checkpoint's JSON state among its files. */
export const CHECKPOINT_STATE = 'state.json';

/** Where an attempt goes on: what an earlier one of the same job saved last (C9). */
export const Resume = z.object({ attempt: z.number().int(), files: z.array(ManifestEntry) });
export type Resume = z.infer<typeof Resume>;

/** Ceilings of the sandbox where an assignment names none; what a job reserves may be less. */
export const USUAL_LIMITS = { cpu: 2, memory_bytes: 4 * 2 ** 30 };

/** What a worker is told to do. */
export const Assignment = AttemptRef.extend({
  module: z.string(),
  input: z.unknown(),
  files: z.array(StagedInput).optional().describe('none when left out'),
  timeout_ms: z.number().int(),
  limits: z
    .object({ cpu: z.number(), memory_bytes: z.number().int() })
    .optional()
    .describe('ceilings for the sandbox; USUAL_LIMITS when left out'),
  resume: Resume.optional(),
  reserve: z
    .object({ cpu: z.number(), memory_bytes: z.number().int() })
    .optional()
    .describe('what it takes of its worker while it runs; nothing when left out'),
  prefetched: z.boolean().optional().describe('it was sent ahead, to start when there is room'),
  on_partition: OnPartition.optional().describe('kill when left out'),
});
export type Assignment = z.infer<typeof Assignment>;

export const AttemptProgress = AttemptRef.extend({ progress: Progress.optional() });
export type AttemptProgress = z.infer<typeof AttemptProgress>;

/**
 * What the orchestrator tells a worker to do with an attempt it holds. `drain` gives back what has not started; with a
 * time left it asks what runs to save a checkpoint and leave by then.
 */
export const Directive = z.enum(['continue', 'cancel', 'drain', 'abandon']);
export type Directive = z.infer<typeof Directive>;
