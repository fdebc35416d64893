import type { HiveEvent } from '../../protocol/event.ts';
import { encodeEvents } from './event-codec.ts';
import type { RowChange } from './rows.ts';

type NewEvent = Omit<HiveEvent, 'seq'>;

/** The end of the history: what is not in the file yet, and where it begins and ends. A row holds a group's events. */
export class EventTape {
  #pending: NewEvent[] = [];
  /** of the last event that was sent to the file */
  #sent: number;
  #first: number;

  constructor(last: number, first: number) {
    this.#sent = last;
    this.#first = first;
  }

  get sent(): number {
    return this.#sent;
  }

  get first(): number {
    return this.#first;
  }

  get hasPending(): boolean {
    return this.#pending.length > 0;
  }

  append(event: NewEvent): void {
    this.#pending.push(event);
  }

  /** of the last event, in the file or not */
  get last(): number {
    return this.#sent + this.#pending.length;
  }

  /** Takes back the events after `seq`, which were not sent. */
  takeBack(seq: number): void {
    this.#pending.length = Math.max(0, seq - this.#sent);
  }

  /** One row for each instant among them, which is nearly always one. */
  take(): RowChange[] {
    if (this.#pending.length === 0) return [];
    const values: (string | number)[] = [];
    for (let at = 0; at < this.#pending.length; ) {
      const time = this.#pending[at]?.at ?? '';
      const end = this.#pending.findIndex((event, index) => index > at && event.at !== time);
      const group = this.#pending.slice(at, end === -1 ? undefined : end);
      values.push(this.#sent + 1, group.length, Date.parse(time), encodeEvents(group));
      this.#sent += group.length;
      at += group.length;
    }
    this.#pending = [];
    return [{ kind: 'insert', into: 'events (first_seq, n, at, doc)', width: 4, values }];
  }

  /** Nothing after `last` reached the file. */
  rewind(last: number): void {
    this.#sent = last;
    this.#pending = [];
  }

  /** Where the history begins from now on: `aged` is the first event that is young enough. */
  cut(aged: number | null, max: number, limit: number): number {
    const keepFrom = Math.max(this.#first, aged ?? this.last + 1, this.last - max + 1);
    const dropped = Math.max(0, Math.min(limit, keepFrom - this.#first));
    this.#first += dropped;
    return dropped;
  }

  restoreFirst(first: number): void {
    this.#first = first;
  }
}
