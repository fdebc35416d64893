import { availableParallelism, hostname } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { VERSION } from '../../protocol/version.ts';
import type { Act } from '../catalog.ts';
import { usageError } from '../exit.ts';
import { loadWorker } from '../launch.ts';
import { stateFolder } from '../paths.ts';
import { gatherPair, gatherWords, readSeconds, readWhole } from '../quantities.ts';
import type { Session } from '../session.ts';
import { plain } from '../text.ts';

interface Options {
  readonly name?: string;
  readonly slots?: number;
  readonly prefetch?: number;
  readonly capabilities?: readonly string[];
  readonly label?: Record<string, string>;
  readonly region?: string;
  readonly drainGrace?: number;
  readonly stateDir?: string;
}

export function define(command: Command, act: Act): void {
  command
    .option('--name <name>', 'how it is called (default: the host’s name)')
    .option('--slots <n>', 'jobs at once (default: the number of cores)', readWhole)
    .option('--prefetch <n>', 'jobs it holds ahead of a free slot (default: 1)', readWhole)
    .option(
      '--capabilities <words>',
      'words that name a module or family limit the worker to those; others are free labels',
      gatherWords,
    )
    .option('-l, --label <key=value>', 'repeatable', gatherPair)
    .option('--region <region>', 'where it stands')
    .option(
      '--drain-grace <time>',
      'how long attempts may take to save and leave after SIGTERM (default: 20s)',
      readSeconds,
    )
    .option('--state-dir <dir>', 'where it keeps its identity, cache and scratch')
    .action(act(work));
}

async function work(session: Session, options: Options): Promise<number> {
  const slots = options.slots ?? availableParallelism();
  if (slots < 1) throw usageError('--slots must be at least 1');
  const { prefetch } = options;
  if (prefetch !== undefined && (prefetch < 0 || prefetch > 1000))
    throw usageError('--prefetch must be 0 to 1000');
  const runWorker = await loadWorker();
  return runWorker({
    url: await session.url(),
    name: options.name ?? hostname(),
    version: VERSION,
    slots,
    prefetch,
    capabilities: options.capabilities,
    labels: options.label,
    region: options.region,
    drainGraceMs: options.drainGrace === undefined ? undefined : options.drainGrace * 1000,
    stateDir: resolve(options.stateDir ?? join(stateFolder(session.io.env), 'worker')),
    log: (level, message, fields) => {
      if (level !== 'debug') session.note(logLine(level, message, fields));
    },
  });
}

function logLine(level: string, message: string, fields: Readonly<Record<string, unknown>> = {}): string {
  const facts = Object.entries(fields).map(([key, value]) => `${key}=${plain(textOf(value))}`);
  return [new Date().toISOString(), level, plain(message), ...facts].join(' ');
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
