import type { HiveEvent } from '../protocol/event.ts';
import { isTransient } from './errors.ts';
import { Patience } from './patience.ts';
import type { SseMessage } from './sse.ts';
import type { Transport } from './transport.ts';

export type EventUpdate =
  | { readonly kind: 'event'; readonly event: HiveEvent }
  /** History was pruned past the reader: what it knows may be stale, and it reads on at `next`. */
  | { readonly kind: 'gap'; readonly missed_from: number; readonly next: number };

export interface EventOptions {
  /** Events after this sequence number; from now on when left out. */
  readonly after?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Every event from the cursor on, without end; reconnects where it stood. */
export async function* followEvents(
  transport: Transport,
  options: EventOptions = {},
): AsyncGenerator<EventUpdate> {
  const patience = new Patience(transport.patienceMs, options.signal);
  let cursor = options.after === undefined ? '' : String(options.after);
  for (;;) {
    try {
      const call = { lastEventId: cursor, signal: options.signal };
      for await (const message of transport.stream('/v1/events', call)) {
        patience.reset();
        if (message === null) continue;
        cursor = message.id;
        const update = updateOf(message);
        if (update !== null) yield update;
      }
      await patience.rest(100);
    } catch (error) {
      if (!isTransient(error)) throw error;
      await patience.pause(error);
    }
  }
}

function updateOf(message: SseMessage): EventUpdate | null {
  const data: unknown = JSON.parse(message.data);
  if (message.event === 'gap') {
    const gap = data as { missed_from?: number; next: number };
    // A reader that was only too slow is cut off, and finds everything when it comes back with its cursor.
    if (gap.missed_from === undefined) return null;
    return { kind: 'gap', missed_from: gap.missed_from, next: gap.next };
  }
  return /^(job|worker)\./.test(message.event) ? { kind: 'event', event: data as HiveEvent } : null;
}
