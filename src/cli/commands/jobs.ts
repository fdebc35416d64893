import type { Command } from 'commander';
import type { Job, JobState } from '../../protocol/job.ts';
import { JOB_STATES } from '../../protocol/job-state.ts';
import type { Act } from '../catalog.ts';
import { EXIT, usageError } from '../exit.ts';
import { JOB_COLUMNS } from '../job-words.ts';
import { gatherPair, gatherWords, readWhole } from '../quantities.ts';
import type { Session } from '../session.ts';
import { resolveWorker } from '../worker-id.ts';

interface Options {
  readonly state?: readonly string[];
  readonly module?: string;
  readonly label?: Record<string, string>;
  readonly worker?: string;
  readonly group?: string;
  readonly limit?: number;
  readonly all?: boolean;
}

const PAGE = 200;

export function define(command: Command, act: Act): void {
  command
    .option('-s, --state <state>', `${JOB_STATES.join(', ')}; repeatable`, gatherWords)
    .option('-m, --module <name>', 'of this module')
    .option('-l, --label <key=value>', 'repeatable, all must hold', gatherPair)
    .option('--worker <worker>', 'on this worker')
    .option('-g, --group <group>', 'of this group')
    .option('-n, --limit <n>', 'how many (default: 50)', readWhole)
    .option('-a, --all', 'all of them')
    .action(act(list));
}

async function list(session: Session, options: Options): Promise<number> {
  const most = options.all ? Number.POSITIVE_INFINITY : (options.limit ?? 50);
  if (most < 1) throw usageError('--limit must be at least 1');
  const state = readStates(options.state ?? []);
  const client = await session.client();
  const listing = client.jobs.list({
    limit: Math.min(most, PAGE),
    ...(state.length > 0 && { state }),
    ...(options.group !== undefined && { group: options.group }),
    ...(options.module !== undefined && { module: options.module }),
    ...(options.label && { labels: options.label }),
    ...(options.worker !== undefined && { worker: await resolveWorker(session, options.worker) }),
  });
  const jobs: Job[] = [];
  let more = false;
  for await (const job of listing) {
    more = jobs.length >= most;
    if (more) break;
    jobs.push(job);
  }
  session.showList(jobs, { name: (job) => job.id, columns: JOB_COLUMNS, empty: 'no jobs' });
  if (more && !session.isMachine) session.note(`the newest ${most}; --all shows every one`);
  return EXIT.ok;
}

function readStates(words: readonly string[]): JobState[] {
  const wrong = words.find((word) => !(JOB_STATES as readonly string[]).includes(word));
  if (wrong !== undefined)
    throw usageError(`"${wrong}" is not a job state`, `one of ${JOB_STATES.join(', ')}`);
  return words as JobState[];
}
