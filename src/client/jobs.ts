import type { Explanation } from '../protocol/explain.ts';
import type { Artifact, Job, JobPatch, JobState, JobSubmitInput, TimelineEntry } from '../protocol/job.ts';
import type { Problem } from '../protocol/problem.ts';
import { ServerUnreachable, WaitTimedOut } from './errors.ts';
import { type FollowOptions, followJob, type JobUpdate } from './job-follower.ts';
import { type LogChunk, type LogOptions, readLog } from './log-reader.ts';
import { type Listing, listing } from './page.ts';
import type { Transport } from './transport.ts';

export interface SubmitOptions {
  /** Made up when left out, so that a submit whose answer was lost can be sent again safely. */
  readonly idempotencyKey?: string;
  /** Seconds (up to 60) the server holds the answer for the job to end. */
  readonly waitSeconds?: number;
  readonly signal?: AbortSignal | undefined;
}

/** What became of one job of a batch: 201 made, 200 made before under the same key, else the refusal. */
export interface BatchItem {
  readonly status: number;
  readonly job?: Job;
  readonly error?: Problem;
}

export interface JobFilter {
  readonly state?: readonly JobState[];
  readonly module?: string;
  readonly worker?: string;
  readonly group?: string;
  /** All must hold. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Of one page. */
  readonly limit?: number;
  readonly cursor?: string;
}

export interface CancelReply {
  readonly result: 'canceled' | 'canceling' | 'already';
  readonly job: Job;
}

export interface WaitOptions extends FollowOptions {
  readonly timeoutMs?: number | undefined;
  onUpdate?(update: JobUpdate): void;
}

/** Hexadecimal, for `crypto.randomUUID` is missing on pages that were not served over TLS. */
const makeKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );

const pathOf = (id: string, rest = ''): string => `/v1/jobs/${encodeURIComponent(id)}${rest}`;

export class Jobs {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  submit(body: JobSubmitInput, options: SubmitOptions = {}): Promise<Job> {
    return this.#create<Job>('/v1/jobs', body, options);
  }

  /** Up to 1000 jobs in one call; each is accepted or refused alone, in the order given. */
  async submitMany(bodies: readonly JobSubmitInput[], options: SubmitOptions = {}): Promise<BatchItem[]> {
    const reply = await this.#create<{ results: BatchItem[] }>('/v1/jobs/batch', { jobs: bodies }, options);
    return reply.results;
  }

  get(id: string, signal?: AbortSignal): Promise<Job> {
    return this.#transport.json(pathOf(id), { signal });
  }

  list(filter: JobFilter = {}, signal?: AbortSignal): Listing<Job> {
    const { state, labels, ...rest } = filter;
    const query = {
      ...rest,
      ...(state && { state }),
      label: Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`),
    };
    return listing<Job>(this.#transport, '/v1/jobs', query, signal);
  }

  cancel(id: string): Promise<CancelReply> {
    return this.#transport.json(pathOf(id, '/cancel'), { method: 'POST', repeatable: true });
  }

  /** A new job with the same submit; only for a job that has ended. */
  retry(id: string): Promise<Job> {
    const headers = { 'idempotency-key': makeKey() };
    return this.#transport.json(pathOf(id, '/retry'), { method: 'POST', headers, repeatable: true });
  }

  patch(id: string, patch: JobPatch): Promise<Job> {
    return this.#transport.json(pathOf(id), { method: 'PATCH', json: patch, repeatable: true });
  }

  explain(id: string): Promise<Explanation> {
    return this.#transport.json(pathOf(id, '/explain'));
  }

  async timeline(id: string): Promise<TimelineEntry[]> {
    return (await this.#transport.json<{ data: TimelineEntry[] }>(pathOf(id, '/timeline'))).data;
  }

  async artifacts(id: string): Promise<Artifact[]> {
    return (await this.#transport.json<{ data: Artifact[] }>(pathOf(id, '/artifacts'))).data;
  }

  /** States and progress until the job ends; reconnects, and tells nothing twice. */
  follow(id: string, options: FollowOptions = {}): AsyncGenerator<JobUpdate> {
    return followJob(this.#transport, id, options);
  }

  /** The job when it has ended; WaitTimedOut when it has not by then. */
  async wait(id: string, options: WaitOptions = {}): Promise<Job> {
    const late = options.timeoutMs === undefined ? undefined : AbortSignal.timeout(options.timeoutMs);
    const signals = [options.signal, late].filter((signal) => signal !== undefined);
    let job: Job | undefined;
    try {
      for await (const update of this.follow(id, { ...options, signal: AbortSignal.any(signals) })) {
        if (update.kind === 'state') job = update.job;
        options.onUpdate?.(update);
      }
    } catch (error) {
      if (!late?.aborted || options.signal?.aborted) throw error;
      throw new WaitTimedOut(job ?? (await this.get(id)), options.timeoutMs ?? 0);
    }
    if (job === undefined) throw new ServerUnreachable(this.#transport.url, 'it told nothing about the job');
    return job;
  }

  logs(id: string, options: LogOptions = {}): AsyncGenerator<LogChunk> {
    return readLog(this.#transport, id, options);
  }

  #create<T>(path: string, json: unknown, options: SubmitOptions): Promise<T> {
    const wait = options.waitSeconds;
    return this.#transport.json(path, {
      method: 'POST',
      json,
      repeatable: true,
      signal: options.signal,
      headers: {
        'idempotency-key': options.idempotencyKey ?? makeKey(),
        ...(wait !== undefined && { prefer: `wait=${wait}` }),
      },
      ...(wait !== undefined && { timeoutMs: (wait + 30) * 1000 }),
    });
  }
}
