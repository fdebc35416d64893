import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Missing, type PeerServer, startPostgres, startRedis } from './peer-server.ts';

const FOLDER = join(import.meta.dirname, 'peers');

export interface Load {
  readonly jobs: number;
  readonly batch: number;
  /** batches on their way at once */
  readonly atOnce: number;
}

/** Another system that does the same work: a producer and a worker, each a process of its own, and its server. */
export interface Peer {
  readonly name: string;
  /** Milliseconds from the first add until the last end was committed. */
  throughput(load: Load): Promise<number>;
  /** Milliseconds from each single add to the start of its job, one after the other on an idle system. */
  latencies(runs: number): Promise<number[]>;
  stop(): Promise<void>;
}

export const BULLMQ_CONCURRENCY = 100;
export const GRAPHILE_CONCURRENCY = 24;
const GRAPHILE_LOCAL_QUEUE = 500;

export async function startBullmq(): Promise<Peer> {
  installPeers();
  const redis = await startRedis();
  const args = [redis.address, String(BULLMQ_CONCURRENCY)];
  const name = `BullMQ ${versionOf('bullmq')}, redis-server ${redis.version}`;
  return startPeer(name, 'bullmq.mjs', args, redis);
}

export async function startGraphileWorker(): Promise<Peer> {
  installPeers();
  const postgres = await startPostgres();
  const args = [postgres.address, String(GRAPHILE_CONCURRENCY), String(GRAPHILE_LOCAL_QUEUE)];
  const name = `graphile-worker ${versionOf('graphile-worker')}, PostgreSQL ${postgres.version}`;
  return startPeer(name, 'graphile-worker.mjs', args, postgres);
}

/** They are no dependency of the product: installed when a benchmark first wants them. */
function installPeers(): void {
  if (existsSync(join(FOLDER, 'node_modules', 'bullmq'))) return;
  try {
    const args = [
      'ci',
      '--prefix',
      FOLDER,
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      '--ignore-scripts',
    ];
    execFileSync('npm', args, { stdio: ['ignore', 2, 2] });
  } catch {
    throw new Missing('the peers are not installed: npm ci --prefix bench/peers');
  }
}

const versionOf = (name: string): string =>
  (
    JSON.parse(readFileSync(join(FOLDER, 'node_modules', name, 'package.json'), 'utf8')) as {
      version: string;
    }
  ).version;

type Answer = Partial<{
  ready: true;
  expecting: number;
  added: true;
  ended: true;
  latency_ms: number;
  error: string;
}>;

async function startPeer(name: string, script: string, args: string[], server: PeerServer): Promise<Peer> {
  const start = async (role: string): Promise<ChildProcess> => {
    const child = fork(join(FOLDER, script), [role, ...args], { execArgv: [] });
    await answer(child, 'ready');
    return child;
  };
  // The producer first: it brings the schema.
  const producer = await start('producer');
  const worker = await start('worker');
  return {
    name,
    async throughput(load) {
      const expecting = answer(worker, 'expecting');
      worker.send({ command: 'expect', jobs: load.jobs });
      await expecting;
      const ended = answer(worker, 'ended');
      const begun = performance.now();
      producer.send({ command: 'add', ...load });
      await ended;
      return performance.now() - begun;
    },
    async latencies(runs) {
      const samples: number[] = [];
      for (let run = 0; run < runs; run++) {
        const started = answer(worker, 'latency_ms');
        producer.send({ command: 'one' });
        samples.push((await started).latency_ms ?? Number.NaN);
      }
      return samples;
    },
    async stop() {
      for (const child of [producer, worker]) child.kill('SIGKILL');
      await server.stop();
    },
  };
}

/** The next message that carries this word. */
function answer(child: ChildProcess, word: keyof Answer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const take = (message: unknown): void => {
      const given = message as Answer;
      if (given.error === undefined && given[word] === undefined) return;
      child.off('message', take).off('exit', died);
      if (given.error === undefined) resolve(given);
      else reject(new Error(given.error));
    };
    const died = (): void => reject(new Error('a process of the peer ended'));
    child.on('message', take).on('exit', died);
  });
}
