import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { type JobId, makeId } from '../protocol/ids.ts';
import type { Job, JobSubmit } from '../protocol/job.ts';
import { defineManifest, type Manifest } from '../protocol/manifest.ts';
import { Requirements } from '../protocol/requirements.ts';
import { Worker } from '../protocol/worker.ts';

export const NOW = '2026-01-01T00:00:00.000Z';
export const idOf = <P extends 'job' | 'wrk' | 'art' | 'upl'>(prefix: P) =>
  makeId(prefix, Date.now(), randomBytes(10));

export const cube = defineManifest<{ size: number }>({
  name: 'demo.cube',
  family: '3d-generation',
  kind: 'generate',
  title: 'Cube',
  description: 'A cube.',
  version: '1',
  input: z.strictObject({ size: z.number().default(1) }),
  output: z.object({ triangles: z.number() }),
  needs: () => ({ cpu: 1 }),
  example: { size: 2 },
}) as Manifest;

export function blankJob(id: JobId, submit: JobSubmit): Job {
  return {
    ...{
      id,
      module: submit.module,
      name: submit.name ?? null,
      state: 'queued',
      reason: { code: 'queued', message: '' },
    },
    ...{
      progress: null,
      priority: submit.priority,
      labels: submit.labels,
      input: submit.input,
      output: null,
    },
    ...{ engine: null, metrics: {}, warnings: [], error: null, requirements: Requirements.parse({}) },
    ...{ retry: submit.retry, retries_used: { user: 0, infra: 0, oom: 0, timeout: 0 } },
    ...{ attempt: 0, checkpoint: null, on_partition: 'kill' },
    ...{ worker_id: null, tenant: 'default', principal: 'local', group_id: null, retry_of: null },
    ...{ depends_on: [], on_parent_failure: 'cancel', waits_for: [] },
    ...{ unique_key: null, concurrency: null, strict: false },
    ...{
      timeout_seconds: submit.timeout_seconds,
      run_at: null,
      deadline_at: null,
      cancel_requested_at: null,
    },
    ...{ created_at: NOW, started_at: null, finished_at: null, artifacts: [] },
    timings: { queued_ms: null, starting_ms: null, running_ms: null },
    timeline: [{ at: NOW, state: 'queued', code: 'queued', attempt: 0 }],
    urls: {
      ...{ self: `/v1/jobs/${id}`, events: `/v1/jobs/${id}/events`, logs: `/v1/jobs/${id}/logs` },
      cancel: `/v1/jobs/${id}/cancel`,
    },
  };
}

export function sampleWorker(): Worker {
  return Worker.parse({
    ...{
      id: idOf('wrk'),
      name: 'w',
      state: 'online',
      reason: { code: 'ok', message: '' },
      version: '1',
      slots: 1,
      slots_used: 0,
      prefetched: 0,
    },
    ...{ capabilities: [], modules: [], labels: {}, region: null, jobs: [], session: 1, connected: true },
    drain_until: null,
    hardware: {
      hostname: 'h',
      platform: 'linux',
      arch: 'x64',
      cpu_model: 'c',
      cpus: 1,
      memory_bytes: 1,
      gpus: [],
    },
    reserved: { cpu: 0, memory_bytes: 0, vram_bytes: [] },
    ...{ registered_at: NOW, last_seen_at: NOW },
  });
}
