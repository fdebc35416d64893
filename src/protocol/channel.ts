import { z } from 'zod';
import { Assignment, AttemptProgress, AttemptRef, Directive, Nonce, WorkerOutcome } from './attempt.ts';
import { WorkerId } from './ids.ts';
import { WorkerOffer } from './worker.ts';

/** Sent with `drain`; absent = what runs may run to its end. */
const leftMs = z.number().int().min(0).optional().describe('with drain: leave by then, in ms from now');

/**
 * The worker channel: one WebSocket that a worker opens to `GET /v1/workers/connect`; JSON text frames.
 * The worker speaks first (`hello`); every later frame belongs to the session that `welcome` named.
 */
export const CHANNEL_VERSION = 2;
/** Largest frame either side accepts, in bytes. */
export const CHANNEL_MAX_FRAME = 8 * 2 ** 20;

export const WorkerMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    channel: z.number().int(),
    worker_id: WorkerId.optional().describe('absent at the very first hello'),
    boot_id: z.string().min(1).max(64).describe('one per process'),
    offer: WorkerOffer,
    live: z
      .array(AttemptRef)
      .describe('attempts this process still runs or has an unacknowledged outcome for'),
  }),
  z.object({ type: z.literal('accepted'), attempts: z.array(AttemptRef) }),
  z.object({ type: z.literal('started'), attempts: z.array(AttemptRef) }),
  z.object({ type: z.literal('beat'), seq: z.number().int(), attempts: z.array(AttemptProgress) }),
  z.object({ type: z.literal('outcome'), attempt: AttemptRef, outcome: WorkerOutcome }),
  z.object({
    type: z.literal('ended'),
    ends: z
      .array(z.object({ attempt: AttemptRef, outcome: WorkerOutcome }))
      .describe('attempts that began and ended at once: accepted, started and outcome in one'),
  }),
  z.object({
    type: z.literal('credit'),
    prefetch: z.number().int().min(0).max(1000).describe('jobs it takes ahead of a free slot, from now on'),
  }),
  z.object({ type: z.literal('drain'), message: z.string() }),
  z.object({ type: z.literal('bye') }),
]);
export type WorkerMessage = z.infer<typeof WorkerMessage>;

export const OutcomeVerdict = z.enum([
  'committed',
  'duplicate',
  'conflict',
  'lease_lost',
  'artifact_missing',
]);
export type OutcomeVerdict = z.infer<typeof OutcomeVerdict>;

export const OrchestratorMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('welcome'),
    worker_id: WorkerId,
    session: z.number().int(),
    beat_ms: z.number().int(),
    lease_ms: z.number().int(),
    kill_after_ms: z
      .number()
      .int()
      .describe('with no answer for this long the worker has killed its attempts'),
    abandon: z.array(AttemptRef).describe('listed attempts that are no longer this worker’s'),
  }),
  z.object({ type: z.literal('assign'), assignments: z.array(Assignment) }),
  z.object({
    type: z.literal('beat_reply'),
    seq: z.number().int(),
    directives: z
      .array(AttemptRef.extend({ directive: Directive, left_ms: leftMs }))
      .describe('only those that are not `continue`'),
  }),
  z.object({ type: z.literal('directive'), attempt: AttemptRef, directive: Directive, left_ms: leftMs }),
  z.object({
    type: z.literal('settled'),
    attempt: AttemptRef,
    verdict: OutcomeVerdict,
    message: z.string().optional(),
  }),
  z.object({
    type: z.literal('verdicts'),
    verdicts: z
      .array(z.object({ verdict: OutcomeVerdict, nonces: z.array(Nonce) }))
      .describe('of the ends of one frame'),
  }),
  z.object({ type: z.literal('refused'), code: z.string(), message: z.string(), retry: z.boolean() }),
]);
export type OrchestratorMessage = z.infer<typeof OrchestratorMessage>;
