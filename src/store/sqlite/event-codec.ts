import type { HiveEvent } from '../../protocol/event.ts';
import { quoted, quotedOrNull } from './json-text.ts';

type Compact = readonly [
  job: HiveEvent['job_id'] | null,
  worker: HiveEvent['worker_id'] | null,
  state: HiveEvent['state'],
  code: string,
  message: string,
  attempt: number | null,
];

/** The events of one commit as one row: the JSON of a list of Compact. */
export function encodeEvents(events: readonly Omit<HiveEvent, 'seq'>[]): string {
  let text = '';
  for (const { job_id, worker_id, state, reason, attempt } of events) {
    const who = `${quotedOrNull(job_id ?? null)},${quotedOrNull(worker_id ?? null)}`;
    text += `,[${who},"${state}",${quoted(reason.code)},${quoted(reason.message)},${attempt ?? null}]`;
  }
  return `[${text.slice(1)}]`;
}

export function decodeEvents(firstSeq: number, at: number, doc: string): HiveEvent[] {
  const time = new Date(at).toISOString();
  const compact = JSON.parse(doc) as Compact[];
  return compact.map(([job_id, worker_id, state, code, message, attempt], index) => ({
    seq: firstSeq + index,
    at: time,
    type: `${job_id === null ? 'worker' : 'job'}.${state}`,
    ...(job_id != null && { job_id }),
    ...(worker_id != null && { worker_id }),
    state,
    reason: { code, message },
    ...(attempt !== null && { attempt }),
  }));
}
