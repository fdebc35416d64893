import { heldAttempt, type JobRecord } from '../core/job.ts';
import type { Assignment } from '../protocol/attempt.ts';

/** What is said to a worker of an attempt only where it is not as usual. */
export function unusualTerms(
  job: JobRecord,
): Pick<Assignment, 'resume' | 'reserve' | 'prefetched' | 'on_partition'> {
  const { checkpoint, on_partition } = job;
  const { slots, cpu, memory_bytes } = heldAttempt(job)?.reserve ?? { slots: 1, cpu: 0, memory_bytes: 0 };
  return {
    ...(checkpoint !== null && { resume: { attempt: checkpoint.epoch, files: [...checkpoint.files] } }),
    ...((cpu > 0 || memory_bytes > 0) && { reserve: { cpu, memory_bytes } }),
    ...(slots === 0 && { prefetched: true }),
    ...(on_partition !== 'kill' && { on_partition }),
  };
}
