import { z } from 'zod';
import { JobError, Progress } from '../../protocol/job.ts';

/** What passes between the worker and a sandbox child, as JSON over the child's IPC channel. */
const id = z.number().int();

export const SandboxResult = z.object({
  engine: z.string().min(1).max(64),
  output: z.unknown(),
  metrics: z.record(z.string(), z.number()),
  warnings: z.array(z.string()),
});
export type SandboxResult = z.infer<typeof SandboxResult>;

export const ToChild = z.discriminatedUnion('type', [
  z.object({ type: z.literal('probe'), id, module: z.string() }),
  z.object({
    type: z.literal('run'),
    id,
    module: z.string(),
    input: z.unknown(),
    job_id: z.string(),
    attempt: z.string(),
    memory_bytes: z.number(),
    log_bytes_per_second: z.number(),
    files: z.object({ in: z.string(), out: z.string(), work: z.string() }),
    resume: z.object({ attempt: z.number().int(), folder: z.string() }).nullable(),
  }),
  z.object({ type: z.literal('drain'), id, reason: z.string() }),
  /** Answers `checkpoint`; without an error it is committed. */
  z.object({ type: z.literal('checkpointed'), id, seq: z.number().int(), error: z.string().optional() }),
  z.object({ type: z.literal('cancel'), id, reason: z.string() }),
]);
export type ToChild = z.infer<typeof ToChild>;

export const FromChild = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('probed'),
    id,
    probe: z.discriminatedUnion('ok', [
      z.object({ ok: z.literal(true), engine: z.string().min(1) }),
      z.object({ ok: z.literal(false), reason: z.string(), fix: z.string().optional() }),
    ]),
  }),
  z.object({ type: z.literal('running'), id }),
  z.object({ type: z.literal('progress'), id, progress: Progress }),
  z.object({ type: z.literal('log'), id, lines: z.array(z.string()) }),
  /** A program that a module started: its group is written down so that a later worker can kill what is left. */
  z.object({ type: z.literal('program'), pid: z.number().int(), alive: z.boolean() }),
  z.object({
    type: z.literal('checkpoint'),
    id,
    seq: z.number().int().describe('1, 2, … in the order of the calls'),
    files: z.array(z.string()),
    state: z.string().optional().describe('JSON'),
  }),
  z.object({ type: z.literal('result'), id, result: SandboxResult }),
  z.object({ type: z.literal('error'), id, error: JobError }),
]);
export type FromChild = z.infer<typeof FromChild>;
