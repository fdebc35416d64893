import { setTimeout as pause } from 'node:timers/promises';
import { SseParser } from '../src/client/sse.ts';
import type { HiveEvent } from '../src/protocol/event.ts';
import type { EventEntry, Recorder } from './history.ts';

/** Under load an event comes every few milliseconds; so long without one means that the line is dead. */
const SILENCE_MS = 4000;
const AGAIN_MS = 250;

/** Follows all events from the first one on, again after every cut from where it was, until told to stop. */
export async function readEvents(
  url: string,
  reader: EventEntry['reader'],
  recorder: Recorder,
  stop: AbortSignal,
  seen: (event: HiveEvent) => void = () => {},
): Promise<void> {
  let last = 0;
  while (!stop.aborted) {
    try {
      for await (const { event, data } of streamOnce(`${url}/v1/events?after=${last}`, stop)) {
        if (event === 'gap') {
          const { missed_from, next } = JSON.parse(data) as { missed_from: number; next: number };
          recorder.add({ kind: 'gap', reader, from: missed_from, next });
          last = next - 1;
        } else if (event !== 'error') {
          const told = JSON.parse(data) as HiveEvent;
          last = told.seq;
          recorder.add(entryOf(told, reader));
          seen(told);
        }
      }
    } catch {
      // Killed, paused, cut: what counts is what comes next.
    }
    if (!stop.aborted) await pause(AGAIN_MS);
  }
}

async function* streamOnce(url: string, stop: AbortSignal): AsyncGenerator<{ event: string; data: string }> {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), SILENCE_MS);
  try {
    const reply = await fetch(url, { signal: AbortSignal.any([stop, silence.signal]) });
    if (!reply.ok || reply.body === null) return;
    const parser = new SseParser('');
    const decoder = new TextDecoder();
    for await (const chunk of reply.body) {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
      yield* parser.push(decoder.decode(chunk, { stream: true }));
    }
  } finally {
    clearTimeout(timer);
  }
}

const entryOf = (event: HiveEvent, reader: EventEntry['reader']): EventEntry => ({
  kind: 'event',
  reader,
  seq: event.seq,
  type: event.type,
  ...(event.job_id !== undefined && { job: event.job_id }),
  state: event.state,
  code: event.reason.code,
  happened_at: Date.parse(event.at),
  ...(event.attempt !== undefined && { attempt: event.attempt }),
});
