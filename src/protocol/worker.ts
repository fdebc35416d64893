import { z } from 'zod';
import { WorkerId } from './ids.ts';
import { Reason } from './job.ts';
import { Capability } from './requirements.ts';

const WORKER_STATES = ['online', 'draining', 'unreachable', 'suspect', 'lost', 'offline'] as const;
export const WorkerState = z.enum(WORKER_STATES);
export type WorkerState = z.infer<typeof WorkerState>;

export const Gpu = z.object({
  name: z.string(),
  vram_bytes: z.number().int(),
  vram_free_bytes: z.number().int().describe('as the driver reports it, strangers included'),
});
export type Gpu = z.infer<typeof Gpu>;

/** What a worker measured on its machine. */
export const Hardware = z
  .object({
    hostname: z.string(),
    platform: z.string(),
    arch: z.string(),
    cpu_model: z.string(),
    cpus: z.number().min(0.1).describe('cores that this process may use, cgroup limits counted'),
    memory_bytes: z.number().int(),
    gpus: z.array(Gpu).max(64),
  })
  .meta({ id: 'Hardware' });
export type Hardware = z.infer<typeof Hardware>;

/** A module on a worker: runnable by which engine, or why not and what mends it. */
export const WorkerModule = z.object({
  name: z.string(),
  version: z.string(),
  engine: z.string().nullable(),
  reason: z.string().optional(),
  fix: z.string().optional(),
});
export type WorkerModule = z.infer<typeof WorkerModule>;

/** What a worker offers; sent at each hello. */
export const WorkerOffer = z.object({
  name: z.string().min(1).max(128),
  version: z.string(),
  pid: z.number().int(),
  slots: z.number().int().min(1).max(10_000),
  prefetch: z
    .number()
    .int()
    .min(0)
    .max(1000)
    .optional()
    .describe('jobs it takes ahead of a free slot; none when left out'),
  capabilities: z.array(Capability).max(256),
  modules: z.array(WorkerModule).max(1000),
  labels: z.record(z.string(), z.string()),
  region: z.string().optional(),
  hardware: Hardware,
});
export type WorkerOffer = z.infer<typeof WorkerOffer>;

export const Worker = z
  .object({
    id: WorkerId,
    name: z.string(),
    state: WorkerState,
    reason: Reason,
    version: z.string(),
    slots: z.number().int(),
    slots_used: z.number().int(),
    prefetched: z.number().int().describe('jobs it holds ahead of a free slot'),
    capabilities: z.array(z.string()),
    modules: z.array(WorkerModule),
    labels: z.record(z.string(), z.string()),
    region: z.string().nullable(),
    hardware: Hardware,
    reserved: z.object({ cpu: z.number(), memory_bytes: z.number(), vram_bytes: z.array(z.number()) }),
    jobs: z.array(z.string()).describe('jobs it holds'),
    session: z.number().int(),
    connected: z.boolean(),
    drain_until: z.string().nullable().describe('when what still runs is stopped and given back'),
    registered_at: z.string(),
    last_seen_at: z.string(),
  })
  .meta({ id: 'Worker' });
export type Worker = z.infer<typeof Worker>;

export const WorkerPatch = z
  .strictObject({
    state: z.enum(['online', 'draining']).describe('draining takes no new work; online resumes'),
    deadline_seconds: z
      .number()
      .min(0)
      .max(30 * 86_400)
      .optional()
      .describe(
        'with draining: attempts save a checkpoint and leave by then; left out, what runs runs to its end',
      ),
  })
  .refine((patch) => patch.state === 'draining' || patch.deadline_seconds === undefined, {
    path: ['deadline_seconds'],
    message: 'goes with draining',
  })
  .meta({ id: 'WorkerPatch' });
export type WorkerPatch = z.infer<typeof WorkerPatch>;
