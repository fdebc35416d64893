import { type ErrorCode, type FieldError, HiveError } from '../../protocol/errors.ts';
import type { FileReads } from './file-reads.ts';
import type { RowChange } from './rows.ts';

/** What a thread of the store is asked. */
export type ThreadCall =
  | { readonly write: readonly RowChange[]; readonly synced: boolean }
  | { readonly read: keyof FileReads; readonly args: readonly unknown[] };

export type Reply =
  | { readonly ok: true; readonly answer: unknown }
  | { readonly ok: false; readonly error: WireError };

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

export const asHiveError = (error: unknown): HiveError =>
  error instanceof HiveError ? error : decodeError(encodeError(error));

/** An answer, or its error as data. */
export function replyTo(call: () => unknown): Reply {
  try {
    return { ok: true, answer: call() };
  } catch (error) {
    return { ok: false, error: encodeError(error) };
  }
}

export function answerOf<T>(reply: Reply): T {
  if (!reply.ok) throw decodeError(reply.error);
  return reply.answer as T;
}
