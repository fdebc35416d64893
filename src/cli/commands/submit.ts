import { type Command, Option } from 'commander';
import type { JobSubmitInput } from '../../protocol/job.ts';
import { awaitJob } from '../await-job.ts';
import type { Act } from '../catalog.ts';
import { EXIT, usageError } from '../exit.ts';
import { awaitGroup } from '../group-words.ts';
import { rememberJob, resolveJob } from '../job-id.ts';
import { readInput } from '../job-input.ts';
import {
  gatherPair,
  gatherWords,
  readNumber,
  readSeconds,
  readSize,
  readTime,
  readWhole,
} from '../quantities.ts';
import type { Session } from '../session.ts';

interface Options {
  readonly input?: string;
  readonly wait?: boolean;
  readonly timeout?: number;
  readonly name?: string;
  readonly label?: Record<string, string>;
  readonly priority?: number | 'high' | 'medium' | 'low';
  readonly cpu?: number;
  readonly memory?: number;
  readonly gpu?: boolean;
  readonly gpus?: number;
  readonly preferGpu?: boolean;
  readonly vram?: number;
  readonly capability?: readonly string[];
  readonly region?: string;
  readonly retries?: number;
  readonly timeLimit?: number;
  readonly runAt?: string;
  readonly deadline?: string;
  readonly uniqueKey?: string;
  readonly concurrency?: { readonly key: string; readonly max: number };
  readonly strict?: boolean;
  readonly array?: number;
  readonly values?: readonly unknown[];
  readonly after?: readonly string[];
  readonly onParentFailure?: 'cancel' | 'run';
  readonly idempotencyKey?: string;
  readonly onPartition?: 'kill' | 'keep_running';
}

export function define(command: Command, act: Act): void {
  command
    .usage('<module> [key=value ...] [options]\n       hive submit exec [options] -- <command> [args ...]')
    .argument('<module>', 'what to run; `hive modules` lists them')
    .argument('[values...]', 'input: key=value, nested.key=value, file=@path')
    .option('-i, --input <json>', 'the input as JSON, @file or - for stdin; key=value is laid over it')
    .option('-w, --wait', 'wait for the end; the exit code tells how it ended')
    .option('--timeout <time>', 'how long --wait waits; the job goes on', readSeconds)
    .option('-p, --priority <priority>', 'high, medium, low or -100..100', readPriority)
    .option('--name <name>', 'a name of your own')
    .option('-l, --label <key=value>', 'repeatable', gatherPair)
    .option('--retries <n>', 'tries after a failure of the job’s own', readWhole)
    .option('--time-limit <time>', 'wall time of one attempt', readSeconds)
    .option('--run-at <time>', 'not before: 2026-01-31T18:00Z or +10m', (text) => readTime(text))
    .option('--deadline <time>', 'expires when it has not started by then', (text) => readTime(text))
    .option('--unique-key <key>', 'while a job with it is open, it is answered and none is made')
    .option('--concurrency <key=max>', 'at most so many jobs with the key run at once', readConcurrency)
    .option('--strict', 'its priority comes before any waiting time')
    .addOption(
      new Option(
        '--on-partition <what>',
        'what a worker does that is cut off too long (default: kill)',
      ).choices(['kill', 'keep_running']),
    )
    .option('--array <n>', 'n jobs as one group; {{index}} in the input is 0, 1, …', readWhole)
    .option('--values <json>', 'a job for each value of a JSON list; {{value}} in the input', readValues)
    .option('--after <job>', 'not before this job has ended; repeatable', gatherWords)
    .addOption(
      new Option('--on-parent-failure <what>', 'what becomes of it then (default: cancel)').choices([
        'cancel',
        'run',
      ]),
    )
    .option('--idempotency-key <key>', 'the same key and job again give the same job')
    .addHelpText('after', EXAMPLES);
  defineNeeds(command);
  command.action(act(submit));
}

function defineNeeds(command: Command): void {
  command
    .optionsGroup('What it needs (default: what the module says):')
    .option('--cpu <cores>', 'cores', readNumber)
    .option('--memory <size>', 'memory: 4GiB', readSize)
    .option('--gpu', 'a GPU')
    .option('--gpus <n>', 'so many GPUs', readWhole)
    .option('--prefer-gpu', 'a GPU where there is one')
    .option('--vram <size>', 'memory of each GPU', readSize)
    .option('--capability <word>', 'repeatable', gatherWords)
    .option('--region <region>', 'where');
}

const EXAMPLES = `
Examples:
  hive submit exec -- echo hello
  hive submit text-to-3d prompt="a spaceship" --wait
  hive submit exec files.data.csv=@data.csv --memory 4GiB -- sh -c 'wc -l "$HIVE_IN/data.csv"'`;

async function submit(session: Session, module: string, words: string[], options: Options): Promise<number> {
  if (options.timeout !== undefined && !options.wait) {
    throw usageError('--timeout bounds --wait', 'the job’s own limit is --time-limit');
  }
  const input = await readInput(session, module, words, options.input);
  const client = await session.client();
  const { idempotencyKey } = options;
  const parents = await Promise.all((options.after ?? []).map((text) => resolveJob(session, text)));
  const body = { ...bodyOf(module, input, options), ...(parents.length > 0 && { depends_on: parents }) };
  if (options.array !== undefined || options.values !== undefined) return submitArray(session, body, options);
  const job = await client.jobs.submit(body, idempotencyKey === undefined ? {} : { idempotencyKey });
  await rememberJob(session.io.env, job.id);
  if (options.wait) return awaitJob(session, job.id, options.timeout);
  session.showOne(job, { name: (one) => one.id, human: (one) => one.id });
  session.note(`${job.state}: ${job.reason.message} · hive logs -f ${job.id}`);
  return EXIT.ok;
}

function bodyOf(module: string, input: Record<string, unknown>, options: Options): JobSubmitInput {
  const requirements = needsOf(options);
  return {
    module,
    input,
    ...(options.name !== undefined && { name: options.name }),
    ...(options.label && { labels: options.label }),
    ...(options.priority !== undefined && { priority: options.priority }),
    ...(Object.keys(requirements).length > 0 && { requirements }),
    ...(options.retries !== undefined && { retry: { user: options.retries } }),
    ...(options.timeLimit !== undefined && { timeout_seconds: options.timeLimit }),
    ...(options.uniqueKey !== undefined && { unique_key: options.uniqueKey }),
    ...(options.concurrency !== undefined && { concurrency: options.concurrency }),
    ...(options.strict && { strict: true }),
    ...(options.onParentFailure !== undefined && { on_parent_failure: options.onParentFailure }),
    ...(options.runAt !== undefined && { run_at: options.runAt }),
    ...(options.onPartition !== undefined && { on_partition: options.onPartition }),
    ...(options.deadline !== undefined && { deadline_at: options.deadline }),
  };
}

function needsOf(options: Options): Record<string, unknown> {
  const required = options.gpu || options.gpus !== undefined || options.vram !== undefined;
  const gpu = options.preferGpu ? 'preferred' : required ? 'required' : undefined;
  return {
    ...(options.cpu !== undefined && { cpu: options.cpu }),
    ...(options.memory !== undefined && { memory_bytes: options.memory }),
    ...(gpu !== undefined && { gpu }),
    ...(options.gpus !== undefined && { gpu_count: options.gpus }),
    ...(options.vram !== undefined && { vram_bytes: options.vram }),
    ...(options.capability && { capabilities: options.capability }),
    ...(options.region !== undefined && { region: options.region }),
  };
}

async function submitArray(session: Session, job: JobSubmitInput, options: Options): Promise<number> {
  const client = await session.client();
  const { array, values, idempotencyKey } = options;
  if (array !== undefined && values !== undefined) throw usageError('--array or --values, not both');
  const group = await client.groups.submit(
    values === undefined ? { job, count: array ?? 1 } : { job, values: [...values] },
    idempotencyKey === undefined ? {} : { idempotencyKey },
  );
  if (options.wait) return awaitGroup(session, group.id);
  session.showOne(group, { name: (one) => one.id, human: (one) => one.id });
  session.note(`${group.total} jobs · hive group ${group.id} --wait · hive cancel ${group.id}`);
  return EXIT.ok;
}

function readValues(text: string): readonly unknown[] {
  try {
    const values: unknown = JSON.parse(text);
    if (Array.isArray(values) && values.length > 0) return values;
  } catch {
    // Said below.
  }
  throw usageError(`"${text}" is not a JSON list with something in it`, `write it as '[1, 2, 3]'`);
}

function readConcurrency(text: string): { key: string; max: number } {
  const at = text.lastIndexOf('=');
  if (at < 1) throw usageError(`"${text}" is not key=max`, 'write it as licence=2');
  return { key: text.slice(0, at), max: readWhole(text.slice(at + 1)) };
}

function readPriority(text: string): number | 'high' | 'medium' | 'low' {
  if (text === 'high' || text === 'medium' || text === 'low') return text;
  return readWhole(text);
}
