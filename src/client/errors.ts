import type { FieldError } from '../protocol/errors.ts';
import type { Job } from '../protocol/job.ts';
import type { Problem } from '../protocol/problem.ts';

/** The server answered, and said no: its problem details. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly problem: Problem;
  readonly retryAfterSeconds: number | undefined;

  constructor(problem: Problem, retryAfterSeconds?: number) {
    super(problem.detail);
    this.problem = problem;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  get status(): number {
    return this.problem.status;
  }
  get code(): string {
    return this.problem.code;
  }
  get hint(): string | undefined {
    return this.problem.hint;
  }
  get errors(): readonly FieldError[] {
    return this.problem.errors ?? [];
  }
}

/** Nobody answered: refused, unknown host, cut off, or silent for too long. */
export class ServerUnreachable extends Error {
  override readonly name = 'ServerUnreachable';
  readonly url: string;

  constructor(url: string, why: string, cause?: unknown) {
    super(`${url} does not answer: ${why}`, cause === undefined ? undefined : { cause });
    this.url = url;
  }
}

/** The wait ended before the job did; the job goes on. */
export class WaitTimedOut extends Error {
  override readonly name = 'WaitTimedOut';
  readonly job: Job;

  constructor(job: Job, timeoutMs: number) {
    super(`${job.id} is still ${job.state} after ${timeoutMs / 1000} s`);
    this.job = job;
  }
}

/** A live stream was refused by something on the way (a proxy, an older server); polling still works. */
export class StreamRefused extends Error {
  override readonly name = 'StreamRefused';
}

/** Worth another try: nobody answered, or the server said that it cannot just now. */
export const isTransient = (error: unknown): boolean =>
  error instanceof ServerUnreachable || (error instanceof ApiError && [502, 503, 504].includes(error.status));

/** Any failed response as an ApiError; a body that is no problem (a proxy's page) becomes one. */
export async function readProblem(response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => '');
  const after = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new ApiError(problemOf(text, response), Number.isFinite(after) ? after : undefined);
}

function problemOf(text: string, response: Response): Problem {
  const told = parseObject(text);
  const status = typeof told.status === 'number' ? told.status : response.status;
  const title =
    typeof told.title === 'string' ? told.title : response.statusText || `HTTP ${response.status}`;
  const fallback = {
    type: 'about:blank',
    title,
    status,
    detail: `The server answered ${response.status} ${title}`.trim(),
    code: `http_${response.status}`,
  };
  return typeof told.detail === 'string' && typeof told.code === 'string'
    ? { ...fallback, ...(told as Partial<Problem>) }
    : fallback;
}

function parseObject(text: string): Partial<Record<keyof Problem, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
