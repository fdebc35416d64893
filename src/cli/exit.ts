import type { Job } from '../protocol/job.ts';

/** What the process ends with; scripts branch on these, so they never change. */
export const EXIT = {
  ok: 0,
  error: 1,
  usage: 2,
  config: 3,
  notFound: 4,
  conflict: 5,
  unreachable: 6,
  timedOut: 7,
  jobFailed: 8,
  jobCanceled: 9,
  interrupted: 130,
} as const;

/** An expected end of a command: what is wrong, the way out, and the exit code. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exit: number;
  readonly code: string;
  readonly hint: string | undefined;

  constructor(exit: number, code: string, message: string, hint?: string) {
    super(message);
    this.exit = exit;
    this.code = code;
    this.hint = hint;
  }
}

export const usageError = (message: string, hint?: string): CliError =>
  new CliError(EXIT.usage, 'usage', message, hint);

/** The exit code that tells how an ended job ended. */
export function exitOfJob(job: Job): number {
  if (job.state === 'succeeded') return EXIT.ok;
  return job.state === 'failed' || job.state === 'quarantined' ? EXIT.jobFailed : EXIT.jobCanceled;
}
