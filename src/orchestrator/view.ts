import { heldAttempt, type JobRecord, type StoredArtifact } from '../core/job.ts';
import type { Reserve } from '../core/resources.ts';
import { bookOf, takenOf, type WorkerRecord } from '../core/worker.ts';
import type { JobId } from '../protocol/ids.ts';
import type { Artifact, Job } from '../protocol/job.ts';
import { isTerminal } from '../protocol/job-state.ts';
import type { Worker } from '../protocol/worker.ts';

const time = (ms: number): string => new Date(ms).toISOString();
const timeOrNull = (ms: number | null): string | null => (ms === null ? null : time(ms));
const span = (from: number | null, to: number | null): number | null =>
  from === null || to === null ? null : Math.max(0, to - from);

/** The one job object, as every face shows it. */
export function viewJob(job: JobRecord): Job {
  const { state, reason } = job.status;
  return {
    id: job.id,
    module: job.module,
    name: job.name,
    state,
    reason,
    progress: job.progress,
    priority: job.priority,
    labels: { ...job.labels },
    input: { ...job.input },
    ...resultOf(job),
    requirements: job.requirements,
    retry: job.retry,
    retries_used: job.retries_used,
    attempt: job.epoch,
    checkpoint: viewCheckpoint(job),
    worker_id: heldAttempt(job)?.worker_id ?? (isTerminal(state) ? job.last_worker_id : null),
    tenant: job.tenant,
    principal: job.principal,
    group_id: job.group_id,
    retry_of: job.retry_of,
    depends_on: [...job.depends_on],
    on_parent_failure: job.on_parent_failure,
    waits_for: [...job.waits_for],
    unique_key: job.unique_key,
    concurrency: job.concurrency,
    strict: job.strict,
    timeout_seconds: job.timeout_ms / 1000,
    on_partition: job.on_partition,
    ...timesOf(job),
    artifacts: job.artifacts.map((artifact) =>
      viewArtifact(job.id, artifact, job.finished_at ?? job.created_at),
    ),
    timeline: job.timeline.map((point) => ({ ...point, at: time(point.at) })),
    urls: urlsOf(`/v1/jobs/${job.id}`),
  };
}

const resultOf = ({ result, error }: JobRecord) => ({
  output: result?.output ?? null,
  engine: result?.engine ?? null,
  metrics: { ...result?.metrics },
  warnings: [...(result?.warnings ?? [])],
  error,
});

const timesOf = (job: JobRecord) => ({
  run_at: timeOrNull(job.run_at),
  deadline_at: timeOrNull(job.deadline_at),
  cancel_requested_at: timeOrNull(job.cancel_requested_at),
  created_at: time(job.created_at),
  started_at: timeOrNull(job.started_at),
  finished_at: timeOrNull(job.finished_at),
  timings: timingsOf(job),
});

function viewCheckpoint({ checkpoint }: JobRecord): Job['checkpoint'] {
  if (checkpoint === null) return null;
  const { epoch, at, files } = checkpoint;
  return { attempt: epoch, at: time(at), files: [...files] };
}

const urlsOf = (self: string): Job['urls'] => ({
  self,
  events: `${self}/events`,
  logs: `${self}/logs`,
  cancel: `${self}/cancel`,
});

/** Of the last attempt: how long it waited, prepared and ran. */
function timingsOf(job: JobRecord): Job['timings'] {
  return {
    queued_ms: span(job.queued_at, job.placed_at),
    starting_ms: span(job.placed_at, job.started_at),
    running_ms: span(job.started_at, job.finished_at),
  };
}

export function viewArtifact(job: JobId, artifact: StoredArtifact, createdAt: number): Artifact {
  return {
    id: artifact.id,
    job_id: job,
    name: artifact.name,
    size: artifact.size,
    sha256: artifact.sha256,
    content_type: artifact.content_type,
    created_at: time(createdAt),
    url: `/v1/artifacts/${artifact.id}`,
  };
}

export function viewWorker(worker: WorkerRecord): Worker {
  const { offer } = worker;
  const taken = takenOf(worker);
  const { ahead } = bookOf(worker);
  const sum = (pick: (hold: Reserve) => number): number =>
    taken.reduce((total, hold) => total + pick(hold), 0);
  return {
    id: worker.id,
    name: offer.name,
    state: worker.state,
    reason: worker.reason,
    version: offer.version,
    slots: offer.slots,
    slots_used: sum((hold) => hold.slots),
    prefetched: ahead,
    capabilities: [...offer.capabilities],
    modules: [...offer.modules],
    labels: { ...offer.labels },
    region: offer.region ?? null,
    hardware: offer.hardware,
    reserved: {
      cpu: sum((hold) => hold.cpu),
      memory_bytes: sum((hold) => hold.memory_bytes),
      vram_bytes: offer.hardware.gpus.map((_, gpu) =>
        sum((hold) => (hold.gpus.includes(gpu) ? hold.vram_bytes : 0)),
      ),
    },
    jobs: [...worker.holds.keys()].map((key) => key.slice(0, key.indexOf('#'))),
    session: worker.session,
    connected: worker.connected,
    drain_until: timeOrNull(worker.drain_until ?? null),
    registered_at: time(worker.registered_at),
    last_seen_at: time(worker.last_seen_at),
  };
}
