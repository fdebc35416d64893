import type { WorkerMessage } from './channel.ts';
import { JOB_ID } from './ids.ts';

type Ended = Extract<WorkerMessage, { type: 'ended' }>;
type End = Ended['ends'][number];

const NONCE = /^[0-9a-f]{32}$/;

/**
 * The frame as it is, when it says nothing but that attempts succeeded, without files or warnings; null for all others,
 * which the schema judges. It accepts nothing that the schema would refuse or change: a worker of light jobs sends
 * thousands of these ends a second, and the schema takes as long for one as the whole store.
 */
export function plainEnds(value: unknown): Ended | null {
  if (!isObject(value) || sizeOf(value) !== 2) return null;
  const { type, ends } = value;
  if (type !== 'ended') return null;
  return Array.isArray(ends) && ends.every(isPlainEnd) ? { type: 'ended', ends } : null;
}

function isPlainEnd(value: unknown): value is End {
  if (!isObject(value) || sizeOf(value) !== 2) return false;
  const { attempt, outcome } = value;
  return isObject(attempt) && isObject(outcome) && isAttempt(attempt) && isPlainSuccess(outcome);
}

function isAttempt(value: Fields): boolean {
  const { job_id, epoch, nonce } = value;
  return (
    typeof job_id === 'string' &&
    JOB_ID.test(job_id) &&
    Number.isSafeInteger(epoch) &&
    (epoch as number) >= 1 &&
    typeof nonce === 'string' &&
    NONCE.test(nonce) &&
    sizeOf(value) === 3
  );
}

const MOST_ENGINE = 64;

function isPlainSuccess(value: Fields): boolean {
  const { status, engine, metrics, warnings, artifacts } = value;
  return (
    status === 'succeeded' &&
    typeof engine === 'string' &&
    engine.length >= 1 &&
    engine.length <= MOST_ENGINE &&
    isObject(metrics) &&
    areNumbers(metrics) &&
    isEmptyList(warnings) &&
    isEmptyList(artifacts) &&
    'output' in value &&
    sizeOf(value) === 6
  );
}

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

function areNumbers(value: Fields): boolean {
  for (const name in value) if (!Number.isFinite(value[name])) return false;
  return true;
}

function sizeOf(value: Fields): number {
  let size = 0;
  for (const _ in value) size += 1;
  return size;
}
