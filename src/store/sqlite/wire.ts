import { type ErrorCode, type FieldError, HiveError } from '../../protocol/errors.ts';
import type { ReadName } from '../reads.ts';
import type { VerbName } from '../verbs.ts';

/*
 * What passes between the caller's side and the engine, on one thread or two. Jobs pass as texts, for a structured clone
 * of them costs several times their JSON; the rest passes as it is.
 */

/** C12: what may ride on the next synced group. A group of these alone changes memory and leaves the file for later. */
const RIDING: ReadonlySet<VerbName | 'flush'> = new Set([
  'readReady',
  'listWorkers',
  'commitPlacements',
  'startAttempts',
  'renewLeases',
] as const);
export const rides = (calls: readonly VerbCall[]): boolean => calls.every(({ verb }) => RIDING.has(verb));

export interface VerbCall {
  /** `flush` asks for nothing but that all so far reaches the file. */
  readonly verb: VerbName | 'flush';
  readonly args: readonly unknown[];
  /** insertJobs: facts, base and doc of each item, one after the other. */
  readonly texts?: readonly string[];
}

export interface Group {
  readonly now: number;
  readonly calls: readonly VerbCall[];
}

/*
 * Between threads a group and its reply are one text each: a structured clone costs several times its JSON, and job texts
 * within JSON would be escaped once more. So the first line is JSON without the texts, and each line after it is a text,
 * which as JSON itself holds no line feed.
 */

export function packGroup({ now, calls }: Group): string {
  const heads = calls.map(({ verb, args, texts = [] }) => [verb, withoutAbsent(args), texts.length]);
  const texts = calls.flatMap((call) => call.texts ?? []);
  return [JSON.stringify([now, heads]), ...texts].join('\n');
}

export function unpackGroup(packed: string): Group {
  const [head = '', ...texts] = packed.split('\n');
  const [now, heads] = JSON.parse(head) as [number, [VerbCall['verb'], unknown[], number][]];
  let at = 0;
  const calls = heads.map(([verb, args, count]) => {
    at += count;
    return { verb, args, texts: texts.slice(at - count, at) };
  });
  return { now, calls };
}

/** JSON would make null of what is left out at the end. */
function withoutAbsent(args: readonly unknown[]): readonly unknown[] {
  return args.at(-1) === undefined ? args.slice(0, -1) : args;
}

export function packReply({ replies, last_seq, unwritten }: GroupReply): string {
  const heads = replies.map((reply) => (reply.ok ? [reply.answer, reply.jobs.length] : [reply.error]));
  const texts = replies.flatMap((reply) => (reply.ok ? reply.jobs : []));
  return [JSON.stringify([last_seq, unwritten, heads]), ...texts].join('\n');
}

export function unpackReply(packed: string): GroupReply {
  const [head = '', ...texts] = packed.split('\n');
  const [last_seq, unwritten, heads] = JSON.parse(head) as [
    number,
    boolean,
    ([unknown, number] | [WireError])[],
  ];
  let at = 0;
  const replies = heads.map((reply): Reply => {
    if (reply.length === 1) return { ok: false, error: reply[0] };
    const [answer, count] = reply;
    at += count;
    return { ok: true, answer, jobs: texts.slice(at - count, at) };
  });
  return { replies, last_seq, unwritten };
}

/** `jobs` are the texts of jobs that the answer names by their place. */
export type Reply =
  | { readonly ok: true; readonly answer: unknown; readonly jobs: readonly string[] }
  | { readonly ok: false; readonly error: WireError };

export interface GroupReply {
  readonly replies: readonly Reply[];
  readonly last_seq: number;
  /** Whether changes are left that the file does not have yet. */
  readonly unwritten: boolean;
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
