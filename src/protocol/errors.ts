import type { z } from 'zod';
import type { Problem } from './problem.ts';

/** Every error a Hive process answers with: its HTTP status and a title that never changes. */
export const ERRORS = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  invalid_json: { status: 400, title: 'The body is not valid JSON' },
  invalid_cursor: { status: 400, title: 'The cursor is not one this server gave out' },
  forbidden_origin: { status: 403, title: 'This origin may not call the API' },
  not_found: { status: 404, title: 'There is no such thing' },
  job_not_found: { status: 404, title: 'There is no such job' },
  group_not_found: { status: 404, title: 'There is no such group' },
  worker_not_found: { status: 404, title: 'There is no such worker' },
  artifact_not_found: { status: 404, title: 'There is no such artifact' },
  upload_not_found: { status: 404, title: 'There is no such upload' },
  method_not_allowed: { status: 405, title: 'This method is not allowed here' },
  job_not_terminal: { status: 409, title: 'The job has not ended yet' },
  job_already_ended: { status: 409, title: 'The job has already ended' },
  lease_lost: { status: 409, title: 'This attempt no longer holds the job' },
  outcome_conflict: { status: 409, title: 'Another outcome was already committed for this attempt' },
  worker_id_in_use: { status: 409, title: 'Another process already holds this worker id' },
  version_conflict: { status: 409, title: 'The record was changed by somebody else' },
  offset_conflict: { status: 409, title: 'The chunk does not start where the log ends' },
  artifact_missing: { status: 409, title: 'The manifest names a file that was not uploaded' },
  payload_too_large: { status: 413, title: 'The body is too large' },
  range_not_satisfiable: { status: 416, title: 'The range lies outside the content' },
  unsupported_media_type: { status: 415, title: 'This content type is not accepted' },
  unknown_module: { status: 422, title: 'There is no such module' },
  invalid_input: { status: 422, title: 'The input does not fit the module' },
  idempotency_conflict: { status: 422, title: 'The idempotency key was used with another body' },
  no_matching_worker: { status: 422, title: 'No worker can ever run this job' },
  unknown_parent: { status: 422, title: 'The job depends on one that is not there' },
  content_mismatch: { status: 422, title: 'The content does not match its declared size or hash' },
  quota_exceeded: { status: 429, title: 'The tenant has used up its quota' },
  queue_full: { status: 429, title: 'The queue is full' },
  internal: { status: 500, title: 'Hive failed to answer' },
  store_unavailable: { status: 503, title: 'The store cannot be written' },
  shutting_down: { status: 503, title: 'The server is stopping' },
} as const;

export type ErrorCode = keyof typeof ERRORS;

/** What is wrong with one field. */
export interface FieldError {
  /** JSON pointer (RFC 6901) to the field */
  readonly pointer: string;
  readonly message: string;
}

export interface HiveErrorOptions {
  hint?: string | undefined;
  errors?: readonly FieldError[] | undefined;
  retryAfterSeconds?: number | undefined;
  cause?: unknown;
}

/** The one error class that crosses rooms; anything else that is thrown is a bug and answers `internal`. */
export class HiveError extends Error {
  override readonly name = 'HiveError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly errors: readonly FieldError[];
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, detail: string, options: HiveErrorOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.errors = options.errors ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  toProblem(instance?: string, traceId?: string): Problem {
    return {
      type: `/docs/problems#${this.code}`,
      title: ERRORS[this.code].title,
      status: this.status,
      detail: this.message,
      ...(instance !== undefined && { instance }),
      code: this.code,
      ...(this.hint !== undefined && { hint: this.hint }),
      ...(this.errors.length > 0 && { errors: [...this.errors] }),
      ...(traceId !== undefined && { trace_id: traceId }),
    };
  }
}

/** Zod's issues as field errors; `root` is the pointer of the value that was parsed. */
export function fieldErrors(error: z.core.$ZodError, root = ''): FieldError[] {
  return error.issues.flatMap((issue) => {
    const at = root + pointerTo(issue.path);
    if (issue.code !== 'unrecognized_keys') return [{ pointer: at, message: issue.message }];
    return issue.keys.map((key) => ({ pointer: at + pointerTo([key]), message: 'is not a known field' }));
  });
}

const pointerTo = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
