import type { JobRecord } from '../core/job.ts';
import type { Assignment } from '../protocol/attempt.ts';

/** What is said to a worker of an attempt only where it is not as usual. */
export const unusualTerms = ({
  checkpoint,
  on_partition,
}: JobRecord): Pick<Assignment, 'resume' | 'on_partition'> => ({
  ...(checkpoint !== null && { resume: { attempt: checkpoint.epoch, files: [...checkpoint.files] } }),
  ...(on_partition !== 'kill' && { on_partition }),
});
