import { type JobRecord, writerOf } from '../../core/job.ts';
import { isTerminal } from '../../protocol/job-state.ts';
import { sha256Of } from '../blob-model.ts';
import type { Invariant } from '../invariant.ts';

const GOES_ON = ['preempted', 'retry_infra', 'retry_oom', 'retry_timeout', 'undelivered'];

/** C2, C9 */
export const resumePointer: Invariant = {
  name: 'a resume pointer names a whole checkpoint of an attempt that held the job',
  watch({ world, known }, fail) {
    const bytesOf = ({ id, checkpoint }: JobRecord): void => {
      if (checkpoint === null) return;
      const { epoch, nonce, seq, files } = checkpoint;
      for (const { name, sha256 } of files) {
        const bytes = world.blobs.stagedBlobs.get(`checkpoints/${id}/${epoch}-${nonce}/${seq}/${name}`);
        if (bytes === undefined || sha256Of(bytes) !== sha256)
          fail(`${name} of the checkpoint ${epoch}/${seq} of ${id} is not there`);
      }
    };
    return {
      verb(seen) {
        if (seen.verb !== 'commitCheckpoints') return;
        for (const [index, { attempt, seq }] of seen.args[0].entries()) {
          const job = known.get(attempt.job_id);
          const held = job !== undefined && writerOf(job, attempt) !== null;
          if (seen.answer[index]?.kind === 'committed' && !held)
            fail(`checkpoint ${seq} of epoch ${attempt.epoch} of ${attempt.job_id} was committed`);
        }
      },
      change(before, after) {
        bytesOf(after);
        const { state, reason } = after.status;
        if (isTerminal(state) && after.checkpoint !== null) fail(`${after.id} is ${state} and would go on`);
        const requeued = state === 'queued' && before !== null && before.status.state !== 'queued';
        if (!requeued) return;
        const kept = GOES_ON.includes(reason.code) ? before.checkpoint : null;
        if (after.checkpoint !== kept) fail(`${after.id} came back (${reason.code}) with another checkpoint`);
      },
      end() {
        for (const job of known.values()) bytesOf(job);
      },
    };
  },
};
