import { isCurrent, writerOf } from '../../core/job.ts';
import type { AttemptRef } from '../../protocol/attempt.ts';
import type { Invariant, Scene } from '../invariant.ts';
import { logLine } from '../job-plan.ts';

const heldBefore = ({ known }: Scene, ref: AttemptRef): boolean => {
  const job = known.get(ref.job_id);
  return job !== undefined && isCurrent(job, ref);
};

/** C2, for everything that passes the store. */
export const fencedVerbs: Invariant = {
  name: 'no outcome, start or progress of a stale attempt',
  watch: (scene, fail) => ({
    verb(seen) {
      if (seen.verb === 'settle') {
        for (const [index, item] of seen.args[0].entries()) {
          if (seen.answer[index]?.kind === 'committed' && !heldBefore(scene, item.attempt))
            fail(`an outcome of epoch ${item.attempt.epoch} of ${item.attempt.job_id} was committed`);
        }
      } else if (seen.verb === 'renewLeases') {
        for (const [index, item] of seen.args[0].entries()) {
          const answer = seen.answer[index];
          if (answer?.kind !== 'renewed') continue;
          for (const [at, ref] of item.attempts.entries()) {
            const job = scene.known.get(ref.job_id);
            const may = job !== undefined && writerOf(job, ref) !== null;
            if (answer.verdicts[at] !== 'abandon' && !may)
              fail(`a beat of epoch ${ref.epoch} of ${ref.job_id} renewed a lease`);
          }
        }
      } else if (seen.verb === 'startAttempts') {
        for (const [index, { attempt }] of seen.args[0].entries()) {
          if (seen.answer[index] !== 'lease_lost' && !heldBefore(scene, attempt))
            fail(`epoch ${attempt.epoch} of ${attempt.job_id} was started`);
        }
      }
    },
  }),
};

export const fencedLogs: Invariant = {
  name: 'no log of a stale attempt',
  watch: (_scene, fail) => ({
    write({ kind, ref, held }) {
      if (kind === 'log' && !held) fail(`a log chunk of epoch ${ref.epoch} of ${ref.job_id} was accepted`);
    },
  }),
};

export const fencedArtifacts: Invariant = {
  name: 'no artifact of a stale attempt',
  watch: (_scene, fail) => ({
    write({ kind, ref, held }) {
      if (kind !== 'log' && !held) fail(`a file of epoch ${ref.epoch} of ${ref.job_id} was accepted`);
    },
  }),
};

/** A log holds what one attempt wrote, from its first byte, with no gap and nobody else's lines. */
export const wholeLogs: Invariant = {
  name: 'a log is one attempt’s, whole and in order',
  watch: ({ world }, fail) => ({
    write({ kind, ref, length }) {
      if (kind !== 'log') return;
      const bytes =
        world.blobs.appended.get(`logs/${ref.job_id}/${ref.epoch}/${ref.nonce}`) ?? new Uint8Array();
      let whole = '';
      for (let line = 0; whole.length < length; line++) whole += logLine(ref.nonce, line);
      const text = Buffer.from(bytes.subarray(0, length)).toString();
      if (text !== whole.slice(0, length))
        fail(
          `the log of epoch ${ref.epoch} of ${ref.job_id} is not what its attempt wrote: ${JSON.stringify(text)} of ${length}`,
        );
    },
  }),
};
