import type { Attempt, JobRecord } from '../core/job.ts';
import { type Assignment, USUAL_LIMITS } from '../protocol/attempt.ts';
import type { Requirements } from '../protocol/requirements.ts';

type Unusual = Pick<Assignment, 'files' | 'limits' | 'resume' | 'reserve' | 'prefetched' | 'on_partition'>;

/** What is said to a worker of an attempt only where it is not as usual. */
export function unusualTerms(job: JobRecord, { reserve }: Attempt): Unusual {
  const { checkpoint, on_partition, files, requirements } = job;
  const terms: { -readonly [K in keyof Unusual]: Unusual[K] } = {};
  if (files.length > 0) terms.files = [...files];
  const { cpu, memory_bytes, slots } = reserve;
  if (requirements.cpu > USUAL_LIMITS.cpu || requirements.memory_bytes > USUAL_LIMITS.memory_bytes)
    terms.limits = limitsOf(requirements);
  if (checkpoint !== null) terms.resume = { attempt: checkpoint.epoch, files: [...checkpoint.files] };
  if (cpu > 0 || memory_bytes > 0) terms.reserve = { cpu, memory_bytes };
  if (slots === 0) terms.prefetched = true;
  if (on_partition !== 'kill') terms.on_partition = on_partition;
  return terms;
}

const limitsOf = ({ cpu, memory_bytes }: Requirements): NonNullable<Assignment['limits']> => ({
  cpu: Math.max(USUAL_LIMITS.cpu, cpu),
  memory_bytes: Math.max(USUAL_LIMITS.memory_bytes, memory_bytes),
});
