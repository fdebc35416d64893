import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Http, openHttp, readStats, submitMany } from './http.ts';
import { launchServer } from './product.ts';
import { median, type Row, type Suite } from './report.ts';
import { connectSimulated, type SimulatedWorker } from './simulated-worker.ts';

const CLASSES = 2000;
const LISTS = ['', 'state=queued', 'module=test', 'label=part=7', 'state=succeeded', 'state=failed'];

/** What a deep queue and many classes cost: the server's own CPU per claimed job, and the first pages of lists. */
export const queueDepth: Suite = async ({ quick }) => {
  const depths = quick ? [1000, 100_000] : [1000, 100_000, 1_000_000];
  const deepest = depths.at(-1) ?? 0;
  const measured: { readonly claims: number[]; readonly page: number[] }[] = [];
  for (const depth of depths) measured.push(await atDepth(depth, 1));
  const classes = await atDepth(20_000, CLASSES);
  const [shallow = Number.NaN] = measured.map(({ claims }) => median(claims));
  const last = measured.at(-1) ?? classes;
  return [
    ratioRow(
      `claim at ${deepest} queued over claim at 1000`,
      'queue-depth-claim',
      last.claims,
      shallow,
      '<= 1.5',
    ),
    ratioRow(
      `claim with ${CLASSES} requirement classes queued over claim with 1`,
      'queue-depth-classes',
      classes.claims,
      shallow,
      '<= 3',
    ),
    {
      id: 'queue-depth-page',
      what: `slowest first page over HTTP with ${deepest} jobs queued (all, by state, module, label), medians of 5`,
      measured: Math.max(...last.page),
      unit: 'ms',
      target: '< 20',
      samples: last.page,
    },
  ];
};

function ratioRow(what: string, id: string, claims: number[], base: number, target: string): Row {
  const cost = median(claims);
  return {
    id,
    what: `${what}, CPU of the server per job: ${cost.toFixed(0)} µs over ${base.toFixed(0)} µs`,
    measured: cost / base,
    unit: '×',
    target,
    samples: claims,
  };
}

async function atDepth(depth: number, classes: number): Promise<{ claims: number[]; page: number[] }> {
  const dir = mkdtempSync(join(tmpdir(), 'hive-bench-'));
  const server = await launchServer(dir);
  const http = openHttp(server.url);
  try {
    // Enough more than `depth` that all that is claimed was claimed at that depth or above.
    const rounds = 3;
    const claimed = classes === 1 ? 1000 : 2000;
    await submitMany(http, depth + rounds * claimed, (index) => ({
      module: 'test',
      labels: { part: String(index % 1000) },
      ...(classes > 1 && { requirements: { labels: { [`c${index % classes}`]: 'yes' } } }),
    }));
    const page: number[] = [];
    for (const query of LISTS) page.push(await firstPage(http, query));
    const labels = Object.fromEntries(Array.from({ length: classes }, (_, index) => [`c${index}`, 'yes']));
    const claims: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const worker = await connectSimulated(server.url, {
        name: `s${round}`,
        slots: 32,
        labels,
        works: true,
      });
      claims.push(await costPerClaim(http, worker, claimed / 2));
      await worker.close();
    }
    return { claims, page };
  } finally {
    http.close();
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Microseconds of the server's CPU for each job that is placed, started and settled. */
async function costPerClaim(http: Http, worker: SimulatedWorker, claims: number): Promise<number> {
  const before = await readStats(http);
  const from = worker.settled();
  while (worker.settled() - from < claims) await pause(2);
  const after = await readStats(http);
  return (
    (1e6 * (after.process.cpu_seconds - before.process.cpu_seconds)) /
    (after.jobs.succeeded - before.jobs.succeeded)
  );
}

async function firstPage(http: Http, query: string): Promise<number> {
  const samples: number[] = [];
  for (let run = 0; run < 6; run++) {
    const begun = performance.now();
    await http.get(`/v1/jobs?limit=50&${query}`);
    if (run > 0) samples.push(performance.now() - begun);
  }
  return median(samples);
}
