import { isTerminal } from '../../protocol/job-state.ts';
import type { Invariant } from '../invariant.ts';

/** C12: what was answered stays, whatever dies. */
export const acknowledged: Invariant = {
  name: 'nothing acknowledged is lost',
  watch({ world, known }, fail) {
    const check = (): void => {
      const { submitted, canceled, settled, read } = world.ledger;
      for (const id of submitted) if (!known.has(id)) fail(`${id} was acknowledged and is gone`);
      for (const [id, answer] of canceled) {
        const job = known.get(id);
        const kept =
          answer === 'canceled'
            ? job?.status.state === 'canceled'
            : job !== undefined && (isTerminal(job.status.state) || job.cancel_requested_at !== null);
        if (!kept) fail(`the cancel of ${id} was acknowledged as ${answer} and is gone`);
      }
      for (const [nonce, { job_id, epoch }] of settled) {
        const job = known.get(job_id);
        if (job === undefined || (job.epoch <= epoch && job.settled?.nonce !== nonce))
          fail(`the outcome of epoch ${epoch} of ${job_id} was acknowledged and is gone`);
      }
      for (const [id, state] of read) {
        const now = known.get(id)?.status.state;
        if (now !== state) fail(`${id} was read as ${state} and is ${now}`);
      }
    };
    return { rewound: check, end: check };
  },
};

/** C6 */
export const oneJobPerKey: Invariant = {
  name: 'one job per idempotency key',
  watch(_scene, fail) {
    const jobs = new Map<string, string>();
    return {
      verb(seen) {
        if (seen.verb !== 'insertJobs') return;
        for (const [index, { idempotency }] of seen.args[0].entries()) {
          const answer = seen.answer[index];
          if (idempotency === undefined || (answer?.kind !== 'created' && answer?.kind !== 'replayed'))
            continue;
          const before = jobs.get(idempotency.key);
          if (before !== undefined && before !== answer.job.id)
            fail(`the key ${idempotency.key} made ${before} and ${answer.job.id}`);
          jobs.set(idempotency.key, answer.job.id);
        }
      },
      rewound() {
        jobs.clear();
      },
    };
  },
};
