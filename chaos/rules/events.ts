import type { EventEntry } from '../history.ts';
import type { Rule } from '../rule.ts';

export const noHole: Rule = {
  name: 'no-hole',
  promise: 'events are numbered without a hole; a reader misses some only where it was told of a gap (C10)',
  check(ledger, fail) {
    for (const reader of ['follower', 'audit'] as const) {
      const gaps = ledger.of('gap').filter((gap) => gap.reader === reader);
      const seqs = ledger
        .of('event')
        .filter((event) => event.reader === reader)
        .map((event) => event.seq);
      let last = 0;
      for (const seq of seqs) {
        const told = gaps.some((gap) => gap.from === last + 1 && gap.next === seq);
        if (seq !== last + 1 && !told) fail(reader, `read event ${seq} after event ${last}`);
        last = seq;
      }
    }
  },
};

export const eventsKept: Rule = {
  name: 'events-kept',
  promise: 'an event that was read live is the same event at the end, whatever was killed in between (C12)',
  check(ledger, fail) {
    const events = ledger.of('event');
    const kept = new Map(
      events.filter((event) => event.reader === 'audit').map((event) => [event.seq, event]),
    );
    for (const event of events) {
      if (event.reader === 'audit') continue;
      const now = kept.get(event.seq);
      if (now === undefined) fail(event.job ?? event.type, `event ${event.seq} was read and is gone`);
      else if (worded(now) !== worded(event))
        fail(event.job ?? event.type, `event ${event.seq} was "${worded(event)}" and is "${worded(now)}"`);
    }
  },
};

const worded = ({ type, job, state, code, attempt }: EventEntry): string =>
  [type, job, state, code, attempt].join(' ');
