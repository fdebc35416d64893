import type { JobState } from '../../src/protocol/job.ts';
import { isTerminal } from '../../src/protocol/job-state.ts';
import type { EventEntry, FinalJob, RunEntry } from '../history.ts';
import type { Rule } from '../rule.ts';

export const epochsRise: Rule = {
  name: 'epochs-rise',
  promise: 'each claim of a job raises its epoch by one, and only the latest attempt acts (C1, C2)',
  check(ledger, fail) {
    for (const [id, events] of ledger.events) {
      let epoch = 0;
      for (const event of events) {
        const attempt = event.attempt ?? 0;
        if (event.state === 'starting') {
          if (attempt !== epoch + 1)
            fail(id, `attempt ${epoch} was followed by attempt ${attempt} (event ${event.seq})`);
          epoch = attempt;
        } else if (attempt !== epoch && !isRevoked(event, epoch))
          fail(id, `attempt ${attempt} ${event.state} while ${epoch} was the latest (event ${event.seq})`);
      }
    }
  },
};

/** A cancel of what nobody had accepted raises the epoch, so that the assignment on its way is stale. */
const isRevoked = (event: EventEntry, epoch: number): boolean =>
  event.state === 'canceled' && event.attempt === epoch + 1;

const NEXT: Readonly<Record<string, readonly string[]>> = {
  '': ['queued', 'blocked'],
  blocked: ['queued', 'canceled', 'expired'],
  queued: ['starting', 'canceled', 'expired'],
  starting: ['running', 'queued', 'canceled', 'failed', 'succeeded', 'quarantined'],
  running: ['queued', 'succeeded', 'failed', 'canceled', 'quarantined'],
};

export const statesFollow: Rule = {
  name: 'states-follow',
  promise: 'a job goes from state to state as ARCHITECTURE.md draws it; no attempt ends twice',
  check(ledger, fail) {
    for (const [id, events] of ledger.events) {
      let state = '';
      for (const event of events) {
        // What comes after an end is another rule's.
        if (isTerminal(state as JobState)) break;
        if (!NEXT[state]?.includes(event.state))
          fail(id, `${state || 'nothing'} → ${event.state} (event ${event.seq})`);
        state = event.state;
      }
    }
  },
};

/** Clocks of two processes on one machine. */
const CLOCK_MS = 100;

export const oneCommit: Rule = {
  name: 'one-commit',
  promise: 'what is committed is of a run of the committed attempt, by the run’s own witness (C2, C5)',
  check(ledger, fail) {
    for (const job of ledger.jobs.values()) {
      const say = (detail: string): void => fail(job.id, detail);
      const runs = ledger.runs.get(job.id) ?? [];
      for (const run of runs)
        if (run.epoch > job.attempt) say(`attempt ${run.epoch} ran, but only ${job.attempt} were begun`);
      if (job.state !== 'succeeded') continue;
      if (job.printed !== undefined) checkToken(job, runs, say);
      checkBegin(job, ledger.events.get(job.id) ?? [], say);
    }
    for (const id of ledger.runs.keys()) if (!ledger.jobs.has(id)) fail(id, 'ran, but there is no such job');
  },
};

function checkToken(job: FinalJob, runs: readonly RunEntry[], say: (detail: string) => void): void {
  const ended = runs.filter((run) => run.mark === 'ended' && run.token === job.printed);
  if (ended.length === 0) say(`succeeded with "${job.printed}", which no run that ended has said`);
  for (const { epoch } of ended)
    if (epoch !== job.attempt) say(`attempt ${job.attempt} is committed with the output of attempt ${epoch}`);
}

/** A run of the attempt cannot have begun before the attempt was claimed. */
function checkBegin(job: FinalJob, events: readonly EventEntry[], say: (detail: string) => void): void {
  const claim = events.findLast(({ state, attempt }) => state === 'starting' && attempt === job.attempt);
  if (claim === undefined || job.began_at === undefined) return;
  const early = Math.round(claim.happened_at - job.began_at);
  if (early > CLOCK_MS)
    say(`attempt ${job.attempt} is committed with a run that began ${early} ms before its claim`);
}

export const filesWhole: Rule = {
  name: 'files-whole',
  promise: 'every artifact of every job can be read and has the hash of its manifest (C5)',
  check(ledger, fail) {
    const read = new Set<string>();
    for (const { job, name, sha256, read: got } of ledger.of('artifact')) {
      read.add(`${job}/${name}`);
      if (got !== sha256) fail(job, `artifact ${name} should be ${sha256} and is ${got}`);
    }
    for (const job of ledger.jobs.values())
      for (const name of job.files)
        if (!read.has(`${job.id}/${name}`)) fail(job.id, `artifact ${name} was never read`);
  },
};
