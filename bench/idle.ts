import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openHttp, readStats } from './http.ts';
import { launchServer } from './product.ts';
import type { Suite } from './report.ts';
import { connectSimulated } from './simulated-worker.ts';

/** What a server costs that has nothing to do, with ten workers connected. */
export const idle: Suite = async ({ quick }) => {
  const { cpu, rss } = await watchFleet(10, quick);
  return [
    {
      id: 'idle-memory',
      what: 'resident memory of hive up with 10 idle workers connected, after a while',
      measured: rss / 2 ** 20,
      unit: 'MiB',
      target: '<= 110',
      samples: [rss],
    },
    {
      id: 'idle-cpu',
      what: `one core's share that hive up takes with 10 idle workers connected, over ${quick ? 10 : 60} s`,
      measured: cpu,
      unit: '%',
      target: '<= 0.3',
      samples: [cpu],
    },
  ];
};

/** A thousand workers that beat over real sockets. */
export const fleet: Suite = async ({ quick }) => {
  const count = quick ? 200 : 1000;
  const { cpu, rss } = await watchFleet(count, quick);
  return [
    {
      id: 'fleet-cpu',
      what: `one core's share that hive up takes with ${count} workers beating every 10 s, at ${(rss / 2 ** 20).toFixed(0)} MiB`,
      measured: cpu,
      unit: '%',
      target: '< 15',
      samples: [cpu],
    },
  ];
};

/** Share of a core over the seconds, and the memory at their end. */
async function watchFleet(workers: number, quick: boolean): Promise<{ cpu: number; rss: number }> {
  const seconds = quick ? 10 : 60;
  const dir = mkdtempSync(join(tmpdir(), 'hive-bench-'));
  const server = await launchServer(dir);
  const http = openHttp(server.url);
  const fleet = [];
  try {
    for (let index = 0; index < workers; index++)
      fleet.push(await connectSimulated(server.url, { name: `simulated-${index}` }));
    // What start and arrivals cost is over by then.
    await pause(quick ? 5000 : 20_000);
    const before = await readStats(http);
    const begun = performance.now();
    await pause(seconds * 1000);
    const after = await readStats(http);
    const spent = after.process.cpu_seconds - before.process.cpu_seconds;
    return { cpu: (100_000 * spent) / (performance.now() - begun), rss: after.process.rss_bytes };
  } finally {
    await Promise.all(fleet.map((worker) => worker.close()));
    http.close();
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}
