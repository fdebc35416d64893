import type { Command } from 'commander';
import type { Session } from './session.ts';

/** Makes an action of commander from a handler that gets the session first and gives the exit code. */
export type Act = <A extends unknown[]>(
  handler: (session: Session, ...args: A) => Promise<number>,
) => (...args: A) => Promise<void>;

/** What each file in commands/ exports. */
export interface CommandFile {
  define(command: Command, act: Act): void;
}

export interface CatalogEntry {
  readonly name: string;
  readonly group: string;
  readonly summary: string;
  /** What follows `--` belongs to the job, not to us. */
  readonly takesCommand?: boolean;
  /** `-o` means a folder here; the format is chosen with --json. */
  readonly ownOutput?: boolean;
  load(): Promise<CommandFile>;
}

const JOBS = 'Jobs:';
const MACHINES = 'Machines:';
const MORE = 'More:';

/** Every command; only the file of the one that is called is loaded. */
export const CATALOG: readonly CatalogEntry[] = [
  {
    name: 'submit',
    group: JOBS,
    summary: 'submit a job',
    takesCommand: true,
    load: () => import('./commands/submit.ts'),
  },
  { name: 'jobs', group: JOBS, summary: 'list jobs', load: () => import('./commands/jobs.ts') },
  {
    name: 'job',
    group: JOBS,
    summary: 'show one job, or wait for it',
    load: () => import('./commands/job.ts'),
  },
  {
    name: 'group',
    group: JOBS,
    summary: 'show how a group of jobs stands, or wait for it',
    load: () => import('./commands/group.ts'),
  },
  {
    name: 'logs',
    group: JOBS,
    summary: 'print or follow a job’s log',
    load: () => import('./commands/logs.ts'),
  },
  {
    name: 'get',
    group: JOBS,
    summary: 'download a job’s artifacts',
    ownOutput: true,
    load: () => import('./commands/get.ts'),
  },
  { name: 'cancel', group: JOBS, summary: 'cancel jobs', load: () => import('./commands/cancel.ts') },
  {
    name: 'retry',
    group: JOBS,
    summary: 'submit an ended job again',
    load: () => import('./commands/retry.ts'),
  },
  {
    name: 'explain',
    group: JOBS,
    summary: 'say why a job waits',
    load: () => import('./commands/explain.ts'),
  },
  {
    name: 'timeline',
    group: JOBS,
    summary: 'show the states a job went through',
    load: () => import('./commands/timeline.ts'),
  },
  {
    name: 'modules',
    group: JOBS,
    summary: 'list what can be run',
    load: () => import('./commands/modules.ts'),
  },
  {
    name: 'quota',
    group: MACHINES,
    summary: 'list or set what tenants may use',
    load: () => import('./commands/quota.ts'),
  },
  {
    name: 'up',
    group: MACHINES,
    summary: 'run Hive on this machine: server and worker',
    load: () => import('./commands/up.ts'),
  },
  {
    name: 'worker',
    group: MACHINES,
    summary: 'run a worker for a server',
    load: () => import('./commands/worker.ts'),
  },
  {
    name: 'workers',
    group: MACHINES,
    summary: 'list workers, or show one',
    load: () => import('./commands/workers.ts'),
  },
  {
    name: 'drain',
    group: MACHINES,
    summary: 'let workers finish and take nothing new',
    load: () => import('./commands/drain.ts'),
  },
  {
    name: 'resume',
    group: MACHINES,
    summary: 'let drained or cordoned workers take work again',
    load: () => import('./commands/resume.ts'),
  },
  {
    name: 'status',
    group: MACHINES,
    summary: 'show how it goes, in one look',
    load: () => import('./commands/status.ts'),
  },
  {
    name: 'doctor',
    group: MORE,
    summary: 'check this machine and the server',
    load: () => import('./commands/doctor.ts'),
  },
  { name: 'api', group: MORE, summary: 'make any call of the API', load: () => import('./commands/api.ts') },
  { name: 'version', group: MORE, summary: 'print the version', load: () => import('./commands/version.ts') },
];
