import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openHttp, readStats, submitMany, workerOnline } from './http.ts';
import {
  BULLMQ_CONCURRENCY,
  GRAPHILE_CONCURRENCY,
  type Load,
  type Peer,
  startBullmq,
  startGraphileWorker,
} from './peer.ts';
import { Missing } from './peer-server.ts';
import { launchServer, launchWorker } from './product.ts';
import { median, type Row, type Suite } from './report.ts';

const SLOTS = 500;

/** Jobs that do nothing, from their submit until their outcome is committed: Hive and its peers by turns. */
export const dispatch: Suite = async ({ quick }) => {
  const load: Load = { jobs: quick ? 4000 : 20_000, batch: 500, atOnce: 4 };
  const rounds = quick ? 3 : 5;
  const bullmq = await peerOr(startBullmq);
  const graphile = await peerOr(startGraphileWorker);
  const hive = await startHive();
  const rates = { hive: [] as number[], bullmq: [] as number[], graphile: [] as number[] };
  const perSecond = (ms: number): number => (1000 * load.jobs) / ms;
  try {
    // The first round of each warms it up and is not counted.
    for (let round = 0; round <= rounds; round++) {
      const keep = (samples: number[], ms: number): unknown => round > 0 && samples.push(perSecond(ms));
      keep(rates.hive, await hive.throughput(load));
      if (!(bullmq instanceof Missing)) keep(rates.bullmq, await bullmq.throughput(load));
      if (!(graphile instanceof Missing)) keep(rates.graphile, await graphile.throughput(load));
    }
  } finally {
    await hive.stop();
    for (const peer of [bullmq, graphile]) if (!(peer instanceof Missing)) await peer.stop();
  }
  return [
    {
      id: 'dispatch',
      what: `jobs/s, submit over HTTP → worker process → outcome on disk (SQLite FULL), ${load.jobs} jobs in batches of ${load.batch}, ${SLOTS} slots, median of ${rounds}`,
      measured: median(rates.hive),
      unit: 'jobs/s',
      samples: rates.hive,
    },
    ratioRow('dispatch-bullmq', bullmq, rates.hive, rates.bullmq, '>= 5', {
      how: `concurrency ${BULLMQ_CONCURRENCY}, AOF everysec: up to 1 s of what it acknowledged is lost with the power`,
    }),
    ratioRow('dispatch-graphile', graphile, rates.hive, rates.graphile, '>= 2', {
      how: `concurrency ${GRAPHILE_CONCURRENCY}, local queue 500, synchronous_commit on: as durable as Hive`,
    }),
  ];
};

const peerOr = (start: () => Promise<Peer>): Promise<Peer | Missing> =>
  start().catch((error: unknown) => {
    if (error instanceof Missing) return error;
    throw error;
  });

function ratioRow(
  id: string,
  peer: Peer | Missing,
  ours: readonly number[],
  theirs: readonly number[],
  target: string,
  { how }: { readonly how: string },
): Row {
  const what = `Hive's jobs/s over the peer's (${how})`;
  const base = { id, what, unit: '×', target };
  if (peer instanceof Missing)
    return { ...base, measured: null, samples: [], skipped: peer.message, optional: 'the peer' };
  const ratio = median(ours) / median(theirs);
  return {
    ...base,
    measured: ratio,
    samples: theirs,
    peer: peer.name,
    peer_value: Math.round(median(theirs)),
    ratio: Number(ratio.toFixed(2)),
  };
}

interface Hive {
  throughput(load: Load): Promise<number>;
  stop(): Promise<void>;
}

async function startHive(): Promise<Hive> {
  const dir = mkdtempSync(join(tmpdir(), 'hive-bench-'));
  const server = await launchServer(join(dir, 'data'));
  const worker = launchWorker(server.url, dir, 'bench', SLOTS);
  const http = openHttp(server.url);
  await workerOnline(http);
  const succeeded = async (): Promise<number> => {
    const { jobs } = await readStats(http);
    if (jobs.failed > 0) throw new Error(`${jobs.failed} benchmark jobs failed`);
    return jobs.succeeded;
  };
  return {
    async throughput({ jobs, ...how }) {
      const before = await succeeded();
      const begun = performance.now();
      await submitMany(http, jobs, () => ({ module: 'test', input: { echo: null } }), how);
      while ((await succeeded()) < before + jobs) await pause(20);
      return performance.now() - begun;
    },
    async stop() {
      http.close();
      await worker.stop();
      await server.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
