import type { JobRecord } from '../core/job.ts';
import { HiveError } from '../protocol/errors.ts';
import type { Job } from '../protocol/job.ts';
import type { InsertResult } from '../store/job-store.ts';
import type { Submitted } from './orchestrator.ts';
import { viewJob } from './view.ts';

/** What became of a submit, as its caller is told. */
export function answerOf(result: InsertResult | undefined): Submitted {
  if (result === undefined)
    throw new HiveError('internal', 'the store answered fewer items than it was given');
  switch (result.kind) {
    case 'created':
      return new Stored(result.job, false);
    case 'replayed':
      return new Stored(result.job, true);
    case 'unknown_parent':
      return {
        error: new HiveError('unknown_parent', `it depends on ${result.parent}, and there is no such job`, {
          hint: 'name jobs that were submitted before, or earlier ones of the same batch as #0, #1',
          errors: [{ pointer: '/depends_on', message: `there is no job ${result.parent}` }],
        }),
      };
    case 'existing':
      return new Stored(result.job, true);
    case 'quota_full':
      return {
        error: new HiveError(
          'quota_exceeded',
          `${result.waiting} jobs of tenant ${result.tenant} are waiting, its quota is ${result.most}`,
          { hint: 'wait for workers to catch up, or raise max_waiting', retryAfterSeconds: 5 },
        ),
      };
    case 'conflict':
      return {
        error: new HiveError(
          'idempotency_conflict',
          'this Idempotency-Key was used with another body in the last 24 hours',
          { hint: 'use a new key for a new request' },
        ),
      };
    case 'queue_full':
      return {
        error: new HiveError('queue_full', `${result.queued} jobs are waiting, the queue takes no more`, {
          hint: 'wait for workers to catch up, or add workers',
          retryAfterSeconds: 5,
        }),
      };
  }
}

/** The view is made for those who look at it. */
class Stored {
  readonly replayed: boolean;
  readonly #job: JobRecord;

  constructor(job: JobRecord, replayed: boolean) {
    this.#job = job;
    this.replayed = replayed;
  }

  get id(): JobRecord['id'] {
    return this.#job.id;
  }

  get job(): Job {
    return viewJob(this.#job);
  }
}
