import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openHttp, workerOnline } from './http.ts';
import { type Peer, startBullmq } from './peer.ts';
import { Missing } from './peer-server.ts';
import { hive, launchServer, launchWorker } from './product.ts';
import { median, quantile, type Row, type Suite } from './report.ts';

/** What a person waits for at the command line, on a warm worker: the whole process `hive submit … --wait`. */
export const latency: Suite = async ({ quick }) => {
  const dir = mkdtempSync(join(tmpdir(), 'hive-bench-'));
  const server = await launchServer(join(dir, 'data'));
  const worker = launchWorker(server.url, dir, 'bench');
  const runs = quick ? 5 : 20;
  try {
    return [
      ...(await startRows(server.url, quick ? 50 : 300)),
      await timed(
        server.url,
        runs,
        'submit-table',
        'submit text-to-3d "a red table 120 cm wide with four legs" --wait',
        '< 2000',
        ['text-to-3d', 'prompt=a red table 120 cm wide with four legs'],
      ),
      await timed(server.url, runs, 'submit-test', 'submit test --wait', undefined, ['test']),
    ];
  } finally {
    await worker.stop();
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  }
};

async function timed(
  url: string,
  runs: number,
  id: string,
  what: string,
  target: string | undefined,
  args: string[],
): Promise<Row> {
  const submit = (): Promise<string> => hive(url, 'submit', ...args, '--wait', '-o', 'json');
  await submit(); // the first one loads the engine
  const samples: number[] = [];
  for (let run = 0; run < runs; run++) {
    const begun = performance.now();
    const job = JSON.parse(await submit()) as { state: string };
    samples.push(performance.now() - begun);
    if (job.state !== 'succeeded') throw new Error(`a benchmark job ended ${job.state}`);
  }
  return {
    id,
    what: `${what}, median of ${runs}`,
    measured: median(samples),
    unit: 'ms',
    samples,
    ...(target !== undefined && { target }),
  };
}

/** From the submit of a job until its code runs on a worker that had nothing to do, beside BullMQ's. */
async function startRows(url: string, runs: number): Promise<Row[]> {
  const bullmq = await startBullmq().catch((error: unknown) => {
    if (error instanceof Missing) return error;
    throw error;
  });
  try {
    const theirs = bullmq instanceof Missing ? [] : await warm(bullmq, runs);
    const ours = await startLatencies(url, runs);
    return [
      { share: 0.5, name: 'p50' },
      { share: 0.99, name: 'p99' },
    ].map(({ share, name }) => {
      const measured = quantile(ours, share);
      const row = {
        id: `start-${name}`,
        what: `${name} from the submit of one job to its start on an idle system, ${runs} jobs`,
        measured,
        unit: 'ms',
        samples: ours,
      };
      if (bullmq instanceof Missing)
        return { ...row, target: '<= 0', measured: null, skipped: bullmq.message, optional: 'the peer' };
      const peer_value = Number(quantile(theirs, share).toFixed(2));
      const ratio = Number((measured / peer_value).toFixed(2));
      return { ...row, target: `<= ${peer_value}`, peer: bullmq.name, peer_value, ratio };
    });
  } finally {
    if (!(bullmq instanceof Missing)) await bullmq.stop();
  }
}

async function warm(peer: Peer, runs: number): Promise<number[]> {
  await peer.latencies(20);
  return peer.latencies(runs);
}

/** The module itself says when it began; submit and start are read from clocks of one machine. */
async function startLatencies(url: string, runs: number): Promise<number[]> {
  const http = openHttp(url);
  await workerOnline(http);
  const samples: number[] = [];
  try {
    for (let run = 0; run < runs + 20; run++) {
      const submitted = performance.timeOrigin + performance.now();
      const { id } = await http.post<{ id: string }>('/v1/jobs', { module: 'test' });
      const { metrics } = await http.get<{ metrics: Record<string, number> }>(`/v1/jobs/${id}?wait=10`);
      if (run >= 20) samples.push((metrics.began_unix_ms ?? Number.NaN) - submitted);
    }
  } finally {
    http.close();
  }
  return samples;
}
