import { createHash } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { Readable } from 'node:stream';
import type * as face from '../orchestrator/orchestrator.ts';
import { fieldErrors, HiveError } from '../protocol/errors.ts';
import type { HiveEvent } from '../protocol/event.ts';
import type { Explanation } from '../protocol/explain.ts';
import type { ArtifactId, JobId } from '../protocol/ids.ts';
import { type Artifact, Job, type JobPatch, JobSubmit, type JobSubmitInput } from '../protocol/job.ts';
import { isTerminal } from '../protocol/job-state.ts';
import { blankJob, cube, idOf, NOW } from './samples.fixture.ts';

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The part of the fake orchestrator that knows jobs: in memory, and nothing ever runs by itself. */
export class FakeJobs {
  readonly jobs = new Map<string, Job>();
  readonly files = new Map<string, { bytes: Buffer; name: string; content_type: string }>();
  readonly events: HiveEvent[] = [];
  log = Buffer.alloc(0);
  logEnded = true;
  /** Thrown by the next call. */
  failure: Error | undefined;
  readonly #changed = new EventEmitter().setMaxListeners(0);
  readonly #keys = new Map<string, Job>();

  check(): void {
    const { failure } = this;
    this.failure = undefined;
    if (failure !== undefined) throw failure;
  }

  async #change(signal: AbortSignal): Promise<void> {
    await once(this.#changed, 'change', { signal }).catch(() => {});
  }

  changed(): void {
    this.#changed.emit('change');
  }

  add(body: JobSubmitInput, change: Partial<Job> = {}): Job {
    const submit = JobSubmit.parse(body);
    const id = idOf('job');
    const job = { ...blankJob(id, submit), ...change };
    this.jobs.set(id, job);
    this.emit(job);
    return job;
  }

  emit(job: Job): void {
    const seq = this.events.length + 1;
    const { id: job_id, state, reason } = job;
    this.events.push({ seq, at: NOW, type: `job.${state}`, job_id, state, reason });
    this.changed();
  }

  move(id: string, change: Partial<Job>): Job {
    const job = Job.parse({ ...this.#job(id), ...change });
    this.jobs.set(id, job);
    this.emit(job);
    return job;
  }

  addFile(job: Job, name: string, bytes: Buffer, content_type = 'application/octet-stream'): Artifact {
    const id = idOf('art');
    const artifact: Artifact = {
      ...{ id, job_id: job.id, name, content_type, size: bytes.length, sha256: sha256(bytes) },
      created_at: NOW,
      url: `/v1/artifacts/${id}`,
    };
    this.files.set(id, { bytes, name, content_type });
    this.files.set(`${job.id} ${name}`, { bytes, name, content_type });
    this.jobs.set(job.id, { ...job, artifacts: [...job.artifacts, artifact] });
    return artifact;
  }

  #job(id: string): Job {
    const job = this.jobs.get(id);
    if (job === undefined) throw new HiveError('job_not_found', `There is no job ${id}.`);
    return job;
  }

  async submitJobs(
    bodies: readonly JobSubmitInput[],
    _caller: face.Caller,
    options: face.SubmitOptions = {},
  ) {
    this.check();
    return bodies.map((given, i): face.Submitted => {
      const parsed = JobSubmit.safeParse(given);
      if (!parsed.success) {
        const errors = fieldErrors(parsed.error);
        return { error: new HiveError('invalid_request', 'It does not fit.', { errors }) };
      }
      const body = parsed.data;
      if (body.module !== cube.name) return { error: new HiveError('unknown_module', `No ${body.module}.`) };
      const key = options.idempotencyKey === undefined ? undefined : `${options.idempotencyKey}/${i}`;
      const known = key === undefined ? undefined : this.#keys.get(key);
      if (known !== undefined) return { id: known.id, job: known, replayed: true };
      const job = this.add(body);
      if (key !== undefined) this.#keys.set(key, job);
      return { id: job.id, job, replayed: false };
    });
  }

  async getJob(id: JobId) {
    this.check();
    return this.#job(id);
  }

  async listJobs(query: face.JobListQuery): Promise<face.Page<Job>> {
    this.check();
    const from = query.cursor === undefined ? 0 : Number(query.cursor);
    if (!Number.isInteger(from)) throw new HiveError('invalid_cursor', 'Not a cursor of ours.');
    const found = [...this.jobs.values()].filter(
      (job) =>
        (query.state?.includes(job.state) ?? true) &&
        (query.labels ?? []).every((label) =>
          Object.entries(job.labels).some(([key, value]) => label === `${key}=${value}`),
        ),
    );
    const more = found.length > from + query.limit;
    return {
      data: found.slice(from, from + query.limit),
      next_cursor: more ? String(from + query.limit) : null,
      has_more: more,
    };
  }

  async waitForJob(id: JobId, ms: number, _caller: face.Caller, signal?: AbortSignal) {
    this.check();
    const late = AbortSignal.any([AbortSignal.timeout(ms), ...(signal === undefined ? [] : [signal])]);
    while (!isTerminal(this.#job(id).state) && !late.aborted) await this.#change(late);
    return this.#job(id);
  }

  async cancelJob(id: JobId) {
    this.check();
    if (isTerminal(this.#job(id).state)) return { result: 'already' as const, job: this.#job(id) };
    return { result: 'canceled' as const, job: this.move(id, { state: 'canceled' }) };
  }

  async retryJob(id: JobId) {
    this.check();
    const { module, input, state } = this.#job(id);
    if (!isTerminal(state)) throw new HiveError('job_not_terminal', 'It has not ended.');
    return { job: this.add({ module, input }, { retry_of: id }), replayed: false };
  }

  async patchJob(id: JobId, patch: JobPatch) {
    this.check();
    const { priority, labels } = patch;
    return this.move(id, {
      ...(priority !== undefined && { priority }),
      ...(labels !== undefined && { labels }),
    });
  }

  async explainJob(id: JobId): Promise<Explanation> {
    const { state, reason } = this.#job(id);
    return {
      ...{ job_id: id, state, reason, summary: 'It waits.', position: 1, workers: 0 },
      ...{ feasible_now: 0, feasible_ever: 0, checks: [], nearest: null, fix: null },
    };
  }

  async *followJob(id: JobId, after: number | null, _caller: face.Caller, signal: AbortSignal) {
    let seq = after ?? 0;
    while (!signal.aborted) {
      for (const event of this.events.slice(seq)) {
        seq = event.seq;
        if (event.job_id !== id) continue;
        const job = { ...this.#job(id), state: event.state as Job['state'] };
        yield { kind: 'state' as const, seq, type: event.type, job };
        if (isTerminal(job.state)) return;
      }
      if (isTerminal(this.#job(id).state)) return;
      await this.#change(signal);
      const { progress } = this.#job(id);
      if (progress !== null) yield { kind: 'progress' as const, progress };
    }
  }

  async *followEvents(
    after: number | null,
    _caller: face.Caller,
    signal: AbortSignal,
  ): AsyncGenerator<face.EventNotice> {
    let seq = after ?? this.events.length;
    const first = this.events[0]?.seq ?? 1;
    if (seq < first - 1) yield { kind: 'gap', missed_from: seq + 1, next: first };
    while (!signal.aborted) {
      for (const event of this.events.filter((one) => one.seq > seq)) {
        seq = event.seq;
        yield { kind: 'event', event };
      }
      await this.#change(signal);
    }
  }

  async listArtifacts(id: JobId) {
    return this.#job(id).artifacts;
  }

  async openArtifact(
    key: ArtifactId | { job: JobId; name: string },
    _caller: face.Caller,
    range?: face.Range,
  ) {
    const file = this.files.get(typeof key === 'string' ? key : `${key.job} ${key.name}`);
    if (file === undefined) throw new HiveError('artifact_not_found', 'There is no such artifact.');
    const { bytes, ...facts } = file;
    const size = bytes.length;
    let sent: { start: number; end: number } | null = null;
    if (range !== undefined) {
      const start = range.start < 0 ? Math.max(0, size + range.start) : range.start;
      sent = { start, end: Math.min(size - 1, range.end ?? size - 1) };
      if (start >= size) throw new HiveError('range_not_satisfiable', `There are ${size} bytes.`);
    }
    const part = sent === null ? bytes : bytes.subarray(sent.start, sent.end + 1);
    return { ...facts, body: Readable.from([part]), size, sha256: sha256(bytes), range: sent };
  }

  async readLog(id: JobId, { after, attempt = 1 }: face.LogQuery): Promise<face.LogChunk> {
    this.#job(id);
    const offset = after < 0 ? Math.max(0, this.log.length + after) : Math.min(after, this.log.length);
    return { attempt, offset, bytes: this.log.subarray(offset, offset + 65_536) };
  }

  async *followLog(id: JobId, query: face.LogQuery, _caller: face.Caller, signal: AbortSignal) {
    let { after } = query;
    while (!signal.aborted) {
      const chunk = await this.readLog(id, { ...query, after });
      after = chunk.offset + chunk.bytes.length;
      if (chunk.bytes.length > 0) yield chunk;
      else if (this.logEnded) return;
      else await this.#change(signal);
    }
  }
}
