import type { Job, Progress } from '../protocol/job.ts';
import { isTerminal } from '../protocol/job-state.ts';
import { ApiError, isTransient, StreamRefused } from './errors.ts';
import { Patience } from './patience.ts';
import type { SseMessage } from './sse.ts';
import type { Transport } from './transport.ts';

export type JobUpdate =
  | { readonly kind: 'state'; readonly job: Job }
  | { readonly kind: 'progress'; readonly progress: Progress };

/** Keeps what the reader has seen, so that a replay after a reconnect tells nothing twice and nothing backwards. */
class JobView {
  #job: Job | null = null;

  get ended(): boolean {
    return this.#job !== null && isTerminal(this.#job.state);
  }

  accept(job: Job): boolean {
    if (this.#job !== null && !isTerminal(job.state) && isOlder(job, this.#job)) return false;
    const fresh = this.#job === null || signature(job) !== signature(this.#job);
    this.#job = job;
    return fresh;
  }
}

const lastChange = (job: Job): string => job.timeline.at(-1)?.at ?? job.created_at;
const isOlder = (job: Job, than: Job): boolean =>
  job.attempt < than.attempt || Date.parse(lastChange(job)) < Date.parse(lastChange(than));
const signature = (job: Job): string =>
  JSON.stringify([job.state, job.attempt, job.reason, job.progress, job.cancel_requested_at, job.priority]);

export interface FollowOptions {
  readonly signal?: AbortSignal | undefined;
  /** How often to ask where no live stream can be had. */
  readonly pollMs?: number;
}

/** A job's states and progress until it ends: live when the stream works, by asking when it does not. */
export async function* followJob(
  transport: Transport,
  id: string,
  options: FollowOptions = {},
): AsyncGenerator<JobUpdate> {
  const view = new JobView();
  const patience = new Patience(transport.patienceMs, options.signal);
  let live = true;
  const cursor = { id: '' };
  while (!view.ended) {
    try {
      if (live) yield* readStream(transport, id, view, cursor, patience, options.signal);
      else yield* readOnce(transport, id, view, options.signal);
      if (!view.ended) await patience.rest(live ? 100 : (options.pollMs ?? 1000));
    } catch (error) {
      if (isStreamless(error)) live = false;
      else if (isTransient(error)) await patience.pause(error);
      else throw error;
    }
  }
}

/** Something between us and the job's stream does not do streams; the job itself may well be there. */
const isStreamless = (error: unknown): boolean =>
  error instanceof StreamRefused || (error instanceof ApiError && [405, 406, 501].includes(error.status));

async function* readStream(
  transport: Transport,
  id: string,
  view: JobView,
  cursor: { id: string },
  patience: Patience,
  signal: AbortSignal | undefined,
): AsyncGenerator<JobUpdate> {
  const path = `/v1/jobs/${encodeURIComponent(id)}/events`;
  for await (const message of transport.stream(path, { lastEventId: cursor.id, signal })) {
    patience.reset();
    // The snapshot is read after the stream is open, so no change can fall between the two.
    if (message === null || message.event === 'gap') yield* readOnce(transport, id, view, signal);
    else yield* readMessage(message, view);
    if (message !== null) cursor.id = message.id;
    if (view.ended) return;
  }
}

async function* readOnce(
  transport: Transport,
  id: string,
  view: JobView,
  signal: AbortSignal | undefined,
): AsyncGenerator<JobUpdate> {
  const job = await transport.json<Job>(`/v1/jobs/${encodeURIComponent(id)}`, { signal });
  if (view.accept(job)) yield { kind: 'state', job };
}

function* readMessage(message: SseMessage, view: JobView): Generator<JobUpdate> {
  if (message.event.startsWith('job.')) {
    const job = JSON.parse(message.data) as Job;
    if (view.accept(job)) yield { kind: 'state', job };
  } else if (message.event === 'progress') {
    yield { kind: 'progress', progress: JSON.parse(message.data) as Progress };
  }
}
