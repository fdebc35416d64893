import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { HiveClient, Stats } from '../../client/index.ts';
import type { Worker } from '../../protocol/worker.ts';
import type { Act } from '../catalog.ts';
import { EXIT } from '../exit.ts';
import { readSeconds } from '../quantities.ts';
import type { Session } from '../session.ts';
import { layFacts, layTable } from '../table.ts';
import { count, duration, memorySize } from '../text.ts';
import { WORKER_COLUMNS } from '../worker-words.ts';

interface Options {
  readonly watch?: boolean;
  readonly interval: number;
}
interface Status {
  readonly url: string;
  readonly summary: string;
  readonly ready: boolean;
  readonly problems: readonly string[];
  readonly stats: Stats;
  readonly workers: readonly Worker[];
}

export function define(command: Command, act: Act): void {
  command
    .option('--watch', 'again and again, on a terminal; ^C ends')
    .option('--interval <time>', 'between two looks', readSeconds, 2)
    .action(act(show));
}

async function show(session: Session, options: Options): Promise<number> {
  const client = await session.client();
  if (options.watch && session.io.stdout.isTTY && !session.isMachine) {
    return watch(session, client, Math.max(0.2, options.interval));
  }
  const status = await readStatus(client);
  session.showOne(status, { name: (one) => one.url, human: (one) => describe(one, session) });
  return EXIT.ok;
}

async function readStatus(client: HiveClient): Promise<Status> {
  const [stats, workers, { ready, problems }] = await Promise.all([
    client.stats(),
    client.workers.list(),
    client.readiness(),
  ]);
  return { url: client.url, summary: sentence(stats, workers), ready, problems, stats, workers };
}

function sentence({ jobs }: Stats, workers: readonly Worker[]): string {
  const active = jobs.running + jobs.starting;
  const known = workers.filter((worker) => worker.state !== 'offline');
  const healthy = known.filter((worker) => worker.state === 'online').length;
  const waiting = jobs.queued + jobs.blocked;
  const fleet = known.length === 0 ? 'no workers' : `${healthy} of ${count(known.length, 'worker')} healthy`;
  return `${count(active, 'job')} running, ${waiting} waiting, ${fleet}.`;
}

function describe(status: Status, session: Session): string {
  const { palette } = session;
  const { jobs, slots, process: own, uptime_seconds } = status.stats;
  const ended = (['succeeded', 'failed', 'quarantined', 'canceled', 'expired'] as const)
    .filter((state) => jobs[state] > 0)
    .map((state) => `${jobs[state]} ${state}`);
  const load = uptime_seconds > 0 ? ((own.cpu_seconds / uptime_seconds) * 100).toFixed(1) : '0.0';
  const facts = layFacts(
    [
      ['  server', `${status.url} · up ${duration(uptime_seconds * 1000)}`],
      ['  own use', `${load} % of a core on average · ${memorySize(own.rss_bytes)}`],
      [
        '  jobs',
        `${jobs.running} running · ${jobs.starting} starting · ${jobs.queued} queued · ${jobs.blocked} blocked`,
      ],
      ['  ended', ended.join(' · ') || 'none yet'],
      ['  slots', `${slots.used} of ${slots.total} used`],
    ],
    palette,
  );
  const problems = status.problems.map((problem) => `${palette.fail} ${problem}\n`).join('');
  const workers = status.workers.filter((worker) => worker.state !== 'offline');
  const table = layTable(workers, WORKER_COLUMNS, palette, session.io.stdout.columns);
  return `${status.summary}\n${problems}${facts}${workers.length === 0 ? '' : `\n${table}`}`;
}

/** Paints over the last look; a server that is away for a while is told of and awaited. */
async function watch(session: Session, client: HiveClient, seconds: number): Promise<number> {
  const stop = new AbortController();
  const release = session.io.onInterrupt(() => stop.abort());
  const clear = '\u001b[H\u001b[2J';
  while (!stop.signal.aborted) {
    const text = await readStatus(client)
      .then((status) => describe(status, session))
      .catch((error: Error) => `${session.palette.fail} ${error.message}\n`);
    session.print(`${clear}${text}\n${session.palette.colour('dim', `every ${seconds} s · ^C ends`)}`);
    await sleep(seconds * 1000, undefined, { signal: stop.signal }).catch(() => undefined);
  }
  release();
  return EXIT.ok;
}
