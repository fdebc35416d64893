import type { HiveEvent } from '../../protocol/event.ts';
import type { EventPage, EventQuery } from '../job-store.ts';

export class EventLog {
  #events: HiveEvent[] = [];
  last_seq = 0;

  append(event: Omit<HiveEvent, 'seq'>): void {
    this.last_seq += 1;
    this.#events.push({ seq: this.last_seq, ...event });
  }

  /** Takes back the events after `seq`. */
  rewind(seq: number): void {
    this.#events.length -= this.last_seq - seq;
    this.last_seq = seq;
  }

  read({ after, limit }: EventQuery): EventPage {
    const first = this.last_seq + 1 - this.#events.length;
    const start = Math.max(0, after + 1 - first);
    return {
      events: this.#events.slice(start, start + limit),
      first_seq: first,
      last_seq: this.last_seq,
    };
  }

  drop(before: string, max: number, limit: number): number {
    const old = this.#events.findIndex((event) => event.at >= before);
    const aged = old === -1 ? this.#events.length : old;
    const dropped = Math.min(limit, Math.max(aged, this.#events.length - max));
    this.#events = this.#events.slice(dropped);
    return dropped;
  }
}
