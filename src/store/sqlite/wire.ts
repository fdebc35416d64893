import { type ErrorCode, type FieldError, HiveError } from '../../protocol/errors.ts';
import type { ReadName } from '../reads.ts';
import type { VerbName } from '../verbs.ts';

/*
 * What passes between the caller's side and the engine, on one thread or two. Jobs pass as texts, for a structured clone
 * of them costs several times their JSON; the rest passes as it is.
 */

export interface VerbCall {
  readonly verb: VerbName;
  readonly args: readonly unknown[];
  /** insertJobs: facts, base and doc of each item, one after the other. */
  readonly texts?: readonly string[];
}

export interface Group {
  readonly now: number;
  readonly calls: readonly VerbCall[];
}

/** `jobs` are the texts of jobs that the answer names by their place. */
export type Reply =
  | { readonly ok: true; readonly answer: unknown; readonly jobs: readonly string[] }
  | { readonly ok: false; readonly error: WireError };

export interface GroupReply {
  readonly replies: readonly Reply[];
  readonly last_seq: number;
}

export interface ReadCall {
  readonly read: ReadName;
  readonly args: readonly unknown[];
}

/** An error as data: a structured clone would lose its class and its code. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | undefined;
  readonly errors: readonly FieldError[];
  readonly retryAfterSeconds: number | undefined;
}

export function encodeError(error: unknown): WireError {
  if (error instanceof HiveError) {
    const { code, message, hint, errors, retryAfterSeconds } = error;
    return { code, message, hint, errors, retryAfterSeconds };
  }
  const message = error instanceof Error ? `the store failed: ${error.message}` : 'the store failed';
  return { code: 'internal', message, hint: undefined, errors: [], retryAfterSeconds: undefined };
}

export function decodeError({ code, message, ...options }: WireError): HiveError {
  return new HiveError(code, message, options);
}
