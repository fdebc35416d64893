import { heldAttempt } from '../../core/job.ts';
import type { Invariant } from '../invariant.ts';

/** C5 */
export const oneOutcome: Invariant = {
  name: 'one committed outcome per attempt',
  watch({ world }, fail) {
    const committed = new Map<string, string | null>();
    return {
      verb(seen) {
        if (seen.verb !== 'settle') return;
        for (const [index, { attempt, hash }] of seen.args[0].entries()) {
          const answer = seen.answer[index];
          if (answer?.kind !== 'committed') continue;
          // A loss that may still be taken back is no end yet.
          if (answer.job.adrift?.nonce === attempt.nonce) continue;
          const before = committed.get(attempt.nonce);
          if (before !== undefined)
            fail(
              `${attempt.job_id} epoch ${attempt.epoch} ended twice, with ${before === hash ? 'the same' : 'another'} outcome`,
            );
          committed.set(attempt.nonce, hash);
        }
      },
      rewound() {
        // What was not acknowledged may be gone; what was is the ledger's business.
        for (const nonce of [...committed.keys()])
          if (!world.ledger.settled.has(nonce)) committed.delete(nonce);
      },
    };
  },
};

/** C3, C4: an attempt is lost by silence only after all of it, measured from its last renewal at the commit. */
export const patience: Invariant = {
  name: 'nothing is re-queued before its worker has killed it',
  watch: ({ world, known }, fail) => ({
    verb(seen) {
      if (seen.verb !== 'settle') return;
      for (const [index, { attempt, outcome }] of seen.args[0].entries()) {
        if (seen.answer[index]?.kind !== 'committed') continue;
        if (outcome.status !== 'lost' || outcome.code !== 'lease_expired') continue;
        const job = known.get(attempt.job_id);
        const held = job === undefined ? null : heldAttempt(job);
        if (job === undefined || held === null) continue;
        const { lost_after_ms, lease_ms } = world.lease;
        const due = held.lease_until + (job.cancel_requested_at === null ? lost_after_ms - lease_ms : 0);
        if (seen.now < due)
          fail(`${job.id} epoch ${held.epoch} was given up ${due - seen.now} ms before its time`);
      }
    },
  }),
};

/** C8: the mark rides every beat reply, whoever holds the socket. */
export const cancelRides: Invariant = {
  name: 'a cancel rides every beat',
  watch: ({ known }, fail) => ({
    verb(seen) {
      if (seen.verb !== 'renewLeases') return;
      for (const [index, item] of seen.args[0].entries()) {
        const answer = seen.answer[index];
        if (answer?.kind !== 'renewed') continue;
        for (const [at, ref] of item.attempts.entries()) {
          const marked = (known.get(ref.job_id)?.cancel_requested_at ?? null) !== null;
          if (marked && answer.verdicts[at] === 'continue')
            fail(`${ref.job_id} is to be canceled and was told to go on`);
        }
      }
    },
  }),
};
