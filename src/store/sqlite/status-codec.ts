import type { Attempt, JobStatus, TimelinePoint } from '../../core/job.ts';
import type { JobState } from '../../protocol/job.ts';
import { JOB_STATES } from '../../protocol/job-state.ts';
import { quoted, timeText } from './json-text.ts';

const NUMBERS = new Map<JobState, number>(JOB_STATES.map((state, index) => [state, index]));
export const stateNumber = (state: JobState): number => NUMBERS.get(state) ?? 0;
export const stateOf = (index: number): JobState => JOB_STATES[index] ?? 'queued';

type AttemptCode = readonly [
  epoch: number,
  nonce: string,
  worker: Attempt['worker_id'],
  session: number,
  lease_until: number,
  placed_at: number,
  started_at: number | null,
  slots: number,
  cpu: number,
  memory_bytes: number,
  vram_bytes: number,
  gpus: readonly number[],
];

export type StatusCode = readonly [
  state: number,
  code: string,
  message: string,
  attempt?: AttemptCode,
  flag?: boolean,
];

/** The JSON of a StatusCode. */
export function encodeStatus(status: JobStatus): string {
  const { code, message } = status.reason;
  const head = `[${stateNumber(status.state)},${quoted(code)},${quoted(message)}`;
  if (status.state === 'starting') return `${head},${encodeAttempt(status.attempt)},${status.accepted}]`;
  if (status.state === 'running') return `${head},${encodeAttempt(status.attempt)},${status.suspect}]`;
  return `${head}]`;
}

export function decodeStatus([number, code, message, attempt, flag = false]: StatusCode): JobStatus {
  const state = stateOf(number);
  const reason = { code, message };
  if (state !== 'starting' && state !== 'running') return { state, reason };
  if (attempt === undefined) throw new Error(`a ${state} job without its attempt`);
  return state === 'starting'
    ? { state, reason, attempt: decodeAttempt(attempt), accepted: flag }
    : { state, reason, attempt: decodeAttempt(attempt), suspect: flag };
}

/** The JSON of an AttemptCode. */
function encodeAttempt({ epoch, nonce, worker_id, session, reserve, ...at }: Attempt): string {
  const { lease_until, placed_at, started_at } = at;
  const { slots, cpu, memory_bytes, vram_bytes, gpus } = reserve;
  const who = `${epoch},${quoted(nonce)},${quoted(worker_id)},${session}`;
  return `[${who},${lease_until},${placed_at},${started_at},${slots},${cpu},${memory_bytes},${vram_bytes},[${gpus.join()}]]`;
}

function decodeAttempt(code: AttemptCode): Attempt {
  const [epoch, nonce, worker_id, session, lease_until, placed_at, started_at] = code;
  const [, , , , , , , slots, cpu, memory_bytes, vram_bytes, gpus] = code;
  const reserve = { slots, cpu, memory_bytes, gpus, vram_bytes };
  return { epoch, nonce, worker_id, session, lease_until, placed_at, started_at, reserve };
}

/** Four values a point, in one list. */
export type TimelineCode = readonly (number | string)[];

/** The JSON of a TimelineCode. */
export function encodeTimeline(timeline: readonly TimelinePoint[]): string {
  let text = '[';
  for (const { at, state, code, attempt } of timeline)
    text += `${text === '[' ? '' : ','}${timeText(at)}${kindText(state, code)}${attempt}`;
  return `${text}]`;
}

const KEPT = 1000;
const kinds = new Map<string, string>();

/** Jobs enter their states for the same few reasons. */
function kindText(state: JobState, code: string): string {
  const known = kinds.get(code);
  if (known?.startsWith(`,${stateNumber(state)},`)) return known;
  const text = `,${stateNumber(state)},${quoted(code)},`;
  if (kinds.size < KEPT) kinds.set(code, text);
  return text;
}

export function decodeTimeline(code: TimelineCode): TimelinePoint[] {
  const timeline: TimelinePoint[] = [];
  for (let index = 0; index < code.length; index += 4) {
    timeline.push({
      at: Number(code[index]),
      state: stateOf(Number(code[index + 1])),
      code: String(code[index + 2]),
      attempt: Number(code[index + 3]),
    });
  }
  return timeline;
}
