import type { HiveEvent } from '../../protocol/event.ts';

type Compact = readonly [
  job: HiveEvent['job_id'] | null,
  worker: HiveEvent['worker_id'] | null,
  state: HiveEvent['state'],
  code: string,
  message: string,
  attempt: number | null,
];

/** The events of one commit as one row. */
export function encodeEvents(events: readonly Omit<HiveEvent, 'seq'>[]): string {
  return JSON.stringify(
    events.map(
      ({ job_id, worker_id, state, reason, attempt }): Compact => [
        job_id ?? null,
        worker_id ?? null,
        state,
        reason.code,
        reason.message,
        attempt ?? null,
      ],
    ),
  );
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
