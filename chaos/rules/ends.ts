import type { JobState } from '../../src/protocol/job.ts';
import { isTerminal } from '../../src/protocol/job-state.ts';
import type { Rule } from '../rule.ts';

const ends = (state: string): boolean => isTerminal(state as JobState);

export const oneEnd: Rule = {
  name: 'one-end',
  promise: 'a job ends once, stays as it ended, and nothing happens to it afterwards (C5)',
  check(ledger, fail) {
    for (const [id, job] of ledger.jobs) {
      const events = ledger.events.get(id) ?? [];
      const at = events.findIndex((event) => ends(event.state));
      if (at < 0) {
        if (ends(job.state)) fail(id, `is ${job.state} but no event says so`);
        continue;
      }
      const last = events[at];
      if (last?.state !== job.state) fail(id, `ended ${last?.state} and is ${job.state}`);
      const after = events.slice(at + 1);
      if (after.length > 0)
        fail(
          id,
          `ended ${last?.state} at event ${last?.seq}, then ${after.map((event) => event.state).join(', ')}`,
        );
    }
  },
};

export const noneStuck: Rule = {
  name: 'none-stuck',
  promise: 'once the faults are over every job comes to an end',
  check(ledger, fail) {
    for (const job of ledger.jobs.values())
      if (!isTerminal(job.state)) fail(job.id, `is still ${job.state} (attempt ${job.attempt})`);
  },
};

export const cancelHolds: Rule = {
  name: 'cancel-holds',
  promise: 'what was answered to a cancel stays true: canceled never succeeds, ended stays as it was (C8)',
  check(ledger, fail) {
    for (const { job: id, result, state } of ledger.of('cancel')) {
      const job = ledger.jobs.get(id);
      if (job === undefined || result === 'canceling') continue;
      const told = result === 'canceled' ? 'canceled' : state;
      if (ends(told) && job.state !== told)
        fail(id, `was answered "${result}" as ${told} and is ${job.state}`);
    }
  },
};

export const stillThere: Rule = {
  name: 'still-there',
  promise:
    'what a reader saw is never taken back: no state after an end, no lower attempt, no other outcome (C12)',
  check(ledger, fail) {
    const seen = new Map<string, { attempt: number; ended?: string }>();
    for (const { client, job: id, state, attempt, outcome } of ledger.of('seen')) {
      const before = seen.get(`${client} ${id}`);
      if (before !== undefined && attempt < before.attempt)
        fail(id, `was read at attempt ${before.attempt} and later at ${attempt}`);
      const ended = ends(state) ? `${state} ${outcome}` : undefined;
      if (before?.ended !== undefined && before.ended !== ended)
        fail(id, `was read as ended (${before.ended}) and later as ${state} ${outcome}`);
      seen.set(`${client} ${id}`, { attempt, ...(ended !== undefined && { ended }) });
      const job = ledger.jobs.get(id);
      if (job === undefined) continue;
      if (attempt > job.attempt) fail(id, `was read at attempt ${attempt} and is at ${job.attempt}`);
      if (ended !== undefined && ended !== `${job.state} ${job.outcome}`)
        fail(id, `was read as ${ended} and is ${job.state} ${job.outcome}`);
    }
  },
};
