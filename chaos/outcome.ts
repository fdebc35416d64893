import type { Job } from '../src/protocol/job.ts';
import { hashOf } from './job-mix.ts';

/** One word for what an ended job was committed with: another attempt’s outcome would be another word. */
export const outcomeOf = ({ attempt, state, output, error, artifacts, finished_at }: Job): string =>
  hashOf([
    attempt,
    state,
    output,
    error,
    artifacts.map(({ id, name, sha256 }) => [id, name, sha256]),
    finished_at,
  ]);
