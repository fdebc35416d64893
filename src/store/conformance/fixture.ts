import { type JobRecord, type NewJobSpec, newJob, type StoredArtifact } from '../../core/job.ts';
import type { Reserve } from '../../core/resources.ts';
import type { WorkerRecord } from '../../core/worker.ts';
import type { AttemptRef, Outcome } from '../../protocol/attempt.ts';
import { type JobId, makeId, type WorkerId } from '../../protocol/ids.ts';
import type { WorkerOffer } from '../../protocol/worker.ts';
import type { Clock, SettleItem, SettleResult } from '../job-store.ts';
import type { Store } from '../record-store.ts';

export interface OpenOptions {
  readonly clock: Clock;
  readonly max_queued?: number;
}
export type OpenStore = (options: OpenOptions) => Promise<Store>;

export const START = Date.UTC(2030, 0, 1);
export const LEASE = 30_000;
export const LOST = 60_000;

/** A clock that stands until it is moved. */
export class HandClock implements Clock {
  #now = START;
  now(): number {
    return this.#now;
  }
  pass(ms: number): void {
    this.#now += ms;
  }
}

/** Ids by number: sortable, and the same in every run. */
export function idOf<P extends 'job' | 'wrk' | 'art'>(prefix: P, number: number) {
  const bytes = new Uint8Array(10);
  new DataView(bytes.buffer).setUint32(6, number);
  return makeId(prefix, START, bytes);
}

export const nonceOf = (number: number): string => number.toString(16).padStart(32, '0');

export function specOf(id: JobId, now: number, over: Partial<NewJobSpec> = {}): NewJobSpec {
  return {
    id,
    tenant: 'default',
    principal: 'tester',
    module: 'echo',
    name: 'a "name"',
    input: { text: 'hé\n', deep: { list: [1, null, true] } },
    files: [],
    retry: { user: 0, infra: 5, oom: 1, timeout: 0, backoff_ms: 1000, max_backoff_ms: 60_000 },
    timeout_ms: 1000,
    run_at: null,
    deadline_at: null,
    group_id: null,
    retry_of: null,
    depends_on: [],
    on_parent_failure: 'cancel',
    unique_key: null,
    concurrency: null,
    strict: false,
    created_at: now,
    priority: 0,
    labels: {},
    requirements: {
      cpu: 1,
      memory_bytes: 1024,
      gpu: 'none',
      gpu_count: 0,
      vram_bytes: 0,
      capabilities: [],
      labels: {},
    },
    ...over,
  };
}

export function offerOf(over: Partial<WorkerOffer> = {}): WorkerOffer {
  return {
    name: 'box',
    version: '1.0.0',
    pid: 42,
    slots: 4,
    capabilities: [],
    modules: [{ name: 'echo', version: '1', engine: 'builtin' }],
    labels: {},
    hardware: {
      hostname: 'box',
      platform: 'linux',
      arch: 'x64',
      cpu_model: 'test',
      cpus: 8,
      memory_bytes: 2 ** 33,
      gpus: [],
    },
    ...over,
  };
}

export const RESERVE: Reserve = { slots: 1, cpu: 1, memory_bytes: 1024, gpus: [], vram_bytes: 0 };

export const DONE: Outcome = {
  status: 'succeeded',
  engine: 'builtin',
  output: { text: 'hé' },
  metrics: { seconds: 1 },
  warnings: [],
  artifacts: [],
};
export const failedBy = (cause: 'user' | 'infra' | 'oom' | 'timeout'): Outcome => ({
  status: 'failed',
  error: { cause, code: `${cause}_error`, message: 'it broke' },
  artifacts: [],
});
export const LOST_LEASE: Outcome = { status: 'lost', code: 'lease_expired', message: 'silence' };
export const SHAPE = {
  capabilities: new Set(['module:echo']),
  labels: {},
  region: null,
  gpus: 0,
} as const;

/** A store and the moves that tests make in it. */
export class Stage {
  readonly clock: HandClock;
  readonly store: Store;
  #jobs = 0;
  #nonces = 0;

  private constructor(store: Store, clock: HandClock) {
    this.clock = clock;
    this.store = store;
  }

  static async open(open: OpenStore, max_queued?: number): Promise<Stage> {
    const clock = new HandClock();
    const store = await open({ clock, ...(max_queued !== undefined && { max_queued }) });
    return new Stage(store, clock);
  }

  get jobs(): Store['jobs'] {
    return this.store.jobs;
  }

  make(over: Partial<NewJobSpec> = {}): JobRecord {
    this.#jobs += 1;
    return newJob(specOf(idOf('job', this.#jobs), this.clock.now(), over));
  }

  async submit(over: Partial<NewJobSpec> = {}): Promise<JobRecord> {
    const job = this.make(over);
    await this.jobs.insertJobs([{ job }]);
    return job;
  }

  async hello(number = 1, boot = 'boot-1', offer = offerOf()): Promise<WorkerRecord> {
    const result = await this.jobs.upsertWorker({
      kind: 'hello',
      worker_id: idOf('wrk', number),
      boot_id: boot,
      offer,
      silent_ms: 10_000,
    });
    if (result.kind !== 'ok') throw new Error(`hello was answered ${result.kind}`);
    return result.worker;
  }

  nonce(): string {
    this.#nonces += 1;
    return nonceOf(this.#nonces);
  }

  async tryPlace(job: JobRecord, worker: WorkerRecord, reserve = RESERVE) {
    const [result] = await this.jobs.commitPlacements(
      [
        {
          job_id: job.id,
          expected_epoch: (await this.get(job.id)).epoch,
          worker_id: worker.id,
          expected_session: worker.session,
          reserve,
          nonce: this.nonce(),
        },
      ],
      LEASE,
    );
    return result;
  }

  async place(job: JobRecord, worker: WorkerRecord, reserve = RESERVE): Promise<AttemptRef> {
    const result = await this.tryPlace(job, worker, reserve);
    if (result?.kind !== 'placed' || result.job.status.state !== 'starting') {
      throw new Error(`not placed: ${JSON.stringify(result)}`);
    }
    const { epoch, nonce } = result.job.status.attempt;
    return { job_id: job.id, epoch, nonce };
  }

  async run(job: JobRecord, worker: WorkerRecord): Promise<AttemptRef> {
    const attempt = await this.place(job, worker);
    await this.jobs.startAttempts([{ attempt, phase: 'started' }]);
    return attempt;
  }

  async settle(attempt: AttemptRef, outcome: Outcome = DONE, over: Partial<SettleItem> = {}) {
    const hash = outcome.status === 'succeeded' ? null : JSON.stringify(outcome);
    const [result] = await this.jobs.settle([
      { attempt, outcome, hash, artifacts: [], jitter: 0.5, ...over },
    ]);
    return result as SettleResult;
  }

  async get(id: JobId): Promise<JobRecord> {
    const found = await this.jobs.getJob({ job: id });
    if (found === null) throw new Error(`no job ${id}`);
    return found.job;
  }

  async state(job: JobRecord): Promise<string> {
    const { status } = await this.get(job.id);
    return `${status.state}/${status.reason.code}`;
  }

  async holds(worker: WorkerRecord): Promise<string[]> {
    const found = (await this.jobs.listWorkers()).find(({ id }) => id === worker.id);
    return [...(found?.holds.keys() ?? [])].sort();
  }

  async worker(id: WorkerId): Promise<WorkerRecord> {
    const found = (await this.jobs.listWorkers()).find((worker) => worker.id === id);
    if (found === undefined) throw new Error(`no worker ${id}`);
    return found;
  }

  ready(perClass = 8, classes = 32) {
    return this.jobs.readReady({ shapes: [SHAPE], classes, per_class: perClass });
  }

  sweep(limit = 100) {
    return this.jobs.expireLeases({ lost_after_ms: LOST, lease_ms: LEASE, limit });
  }

  async events(): Promise<string[]> {
    const page = await this.jobs.readEvents({ after: 0, limit: 10_000 });
    return page.events.map((event) => event.type);
  }
}

export const artifactOf = (number: number): StoredArtifact => ({
  id: idOf('art', number),
  name: `out-${number}.bin`,
  size: 3,
  sha256: 'a'.repeat(64),
  content_type: 'application/octet-stream',
});
