import type { JobError } from '../../protocol/job.ts';

/** Why a sandbox child is gone, as the cause of the failure of the job it ran. */
export interface ChildEnd {
  readonly cause: 'infra' | 'oom';
  readonly message: string;
}

export interface DeathFacts {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: readonly string[];
  /** The kernel killed some process of this machine for lack of memory meanwhile. */
  readonly oomKilled: boolean;
}

export function describeDeath(facts: DeathFacts): ChildEnd {
  const last = facts.stderr.join('\n');
  if (/heap out of memory|Fatal process out of memory|Zone Allocation failed/i.test(last)) {
    return { cause: 'oom', message: 'the module used up its heap' };
  }
  if (facts.signal === 'SIGKILL' && facts.oomKilled) {
    return { cause: 'oom', message: 'the kernel killed the sandbox for lack of memory' };
  }
  const how = facts.signal === null ? `exited with code ${facts.code}` : `was ended by ${facts.signal}`;
  return { cause: 'infra', message: `the sandbox process ${how}` };
}

export const toDeathError = (end: ChildEnd): JobError =>
  end.cause === 'oom'
    ? { cause: 'oom', code: 'out_of_memory', message: end.message }
    : { cause: 'infra', code: 'sandbox_died', message: end.message };
