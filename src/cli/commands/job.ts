import type { Command } from 'commander';
import type { Job } from '../../protocol/job.ts';
import { awaitJob } from '../await-job.ts';
import type { Act } from '../catalog.ts';
import { EXIT, usageError } from '../exit.ts';
import { resolveJob } from '../job-id.ts';
import { colourOfState, progressWords, runTime, signOfState } from '../job-words.ts';
import type { Palette } from '../palette.ts';
import { readSeconds } from '../quantities.ts';
import type { Session } from '../session.ts';
import { layFacts } from '../table.ts';
import { age, count, duration, fileSize, memorySize, plain } from '../text.ts';

interface Options {
  readonly wait?: boolean;
  readonly timeout?: number;
}

export function define(command: Command, act: Act): void {
  command
    .argument('<job>', 'id, the end of one, or `last`')
    .option('-w, --wait', 'wait for its end; the exit code tells how it ended')
    .option('--timeout <time>', 'how long --wait waits', readSeconds)
    .action(act(show));
}

async function show(session: Session, text: string, options: Options): Promise<number> {
  if (options.timeout !== undefined && !options.wait) throw usageError('--timeout bounds --wait');
  const id = await resolveJob(session, text);
  if (options.wait) return awaitJob(session, id, options.timeout);
  const job = await (await session.client()).jobs.get(id);
  session.showOne(job, { name: (one) => one.id, human: (one) => describe(one, session.palette) });
  return EXIT.ok;
}

function describe(job: Job, palette: Palette): string {
  const sign = signOfState(job.state, palette);
  const state = palette.colour(colourOfState(job.state), job.state);
  const head = `${sign} ${job.id}  ${state}${job.name === null ? '' : `  ${plain(job.name)}`}\n`;
  return head + layFacts([...factsOfState(job), ...factsOfWork(job), ...factsOfResult(job)], palette);
}

type Fact = readonly [string, string | null];

const factsOfState = (job: Job): Fact[] => [
  ['  why', plain(job.reason.message)],
  ['  progress', job.finished_at === null ? plain(progressWords(job.progress)) || null : null],
  ['  error', job.error && `${plain(job.error.message)} (${job.error.cause}: ${plain(job.error.code)})`],
  ['  hint', job.error?.hint === undefined ? null : plain(job.error.hint)],
];

const factsOfWork = (job: Job): Fact[] => [
  ['  module', plain(job.module)],
  ['  input', plain(shorten(JSON.stringify(job.input)))],
  ['  needs', needs(job)],
  ['  priority', String(job.priority)],
  ['  labels', pairs(job.labels)],
  ['  worker', job.worker_id],
  ['  attempt', job.attempt === 0 ? null : `${job.attempt}${usedRetries(job)}`],
  ['  checkpoint', job.checkpoint && `of attempt ${job.checkpoint.attempt}, ${age(job.checkpoint.at)} ago`],
  ['  retry of', job.retry_of],
  ['  created', `${job.created_at} (${age(job.created_at)} ago)`],
  ['  queued', job.timings.queued_ms === null ? null : duration(job.timings.queued_ms)],
  ['  ran', runTime(job) === '-' ? null : runTime(job)],
];

const factsOfResult = (job: Job): Fact[] => [
  ['  engine', job.engine && plain(job.engine)],
  ['  metrics', pairs(job.metrics)],
  ['  output', job.output === null ? null : plain(shorten(JSON.stringify(job.output)))],
  ...job.warnings.map((warning): Fact => ['  warning', plain(warning)]),
  ...job.artifacts.map((one): Fact => ['  artifact', `${plain(one.name)}  ${fileSize(one.size)}`]),
];

function needs(job: Job): string {
  const { cpu, memory_bytes, gpu, gpu_count, vram_bytes, capabilities } = job.requirements;
  const graphics = gpu === 'none' ? '' : ` · gpu ${gpu}${gpu_count > 1 ? ` ×${gpu_count}` : ''}`;
  const vram = vram_bytes === 0 ? '' : ` · ${memorySize(vram_bytes)} vram`;
  const words = capabilities.length === 0 ? '' : ` · ${capabilities.map(plain).join(', ')}`;
  return `${cpu} cpu · ${memorySize(memory_bytes)}${graphics}${vram}${words}`;
}

function usedRetries(job: Job): string {
  const used = Object.entries(job.retries_used).filter(([, n]) => n > 0);
  return used.length === 0
    ? ''
    : ` (retried ${used.map(([cause, n]) => `${count(n, 'time')}: ${cause}`).join(', ')})`;
}

function pairs(map: Readonly<Record<string, string | number>>): string | null {
  const all = Object.entries(map).map(([key, value]) => plain(`${key}=${value}`));
  return all.length === 0 ? null : all.join('  ');
}

const shorten = (text: string): string => (text.length > 300 ? `${text.slice(0, 300)}…` : text);
