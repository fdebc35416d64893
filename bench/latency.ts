import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Http, openHttp, workerOnline } from './http.ts';
import { startBullmq } from './peer.ts';
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

/** Jobs before the first that counts, and before a process counts as one that has been up for a while. */
const FIRST = 20;
const SETTLED = 1500;

interface Latencies {
  /** whose they are */
  readonly name: string;
  readonly fresh: readonly number[];
  readonly settled: readonly number[];
}

/** From the submit of a job until its code runs on a worker that had nothing to do, beside BullMQ's. */
async function startRows(url: string, runs: number): Promise<Row[]> {
  const bullmq = await startBullmq().catch((error: unknown) => {
    if (error instanceof Missing) return error;
    throw error;
  });
  try {
    const theirs =
      bullmq instanceof Missing ? bullmq : await latenciesOf(bullmq.name, (n) => bullmq.latencies(n), runs);
    const http = openHttp(url);
    await workerOnline(http);
    const ours = await latenciesOf('Hive', (n) => startLatencies(http, n), runs).finally(() => http.close());
    return [
      rowOf('start-p50', 0.5, 'settled', ours, theirs),
      rowOf('start-p99', 0.99, 'settled', ours, theirs),
      rowOf('start-fresh-p50', 0.5, 'fresh', ours, theirs),
    ];
  } finally {
    if (!(bullmq instanceof Missing)) await bullmq.stop();
  }
}

/** Of processes that have just been started, and of the same a good while later, when their code is compiled. */
async function latenciesOf(
  name: string,
  run: (n: number) => Promise<number[]>,
  runs: number,
): Promise<Latencies> {
  await run(FIRST);
  const fresh = await run(runs);
  await run(SETTLED - runs);
  return { name, fresh, settled: await run(runs) };
}

function rowOf(
  id: string,
  share: number,
  when: 'fresh' | 'settled',
  ours: Latencies,
  theirs: Latencies | Missing,
): Row {
  const after = when === 'fresh' ? FIRST : SETTLED;
  const what = `p${100 * share} from the submit of one job to its start on an idle system, ${ours[when].length} jobs after ${after}`;
  const measured = quantile(ours[when], share);
  const row = { id, what, measured, unit: 'ms', samples: ours[when] };
  const target = when === 'settled';
  if (theirs instanceof Missing) {
    const skipped = theirs.message;
    return { ...row, ...(target && { target: '<= 0' }), measured: null, skipped, optional: 'the peer' };
  }
  const peer_value = Number(quantile(theirs[when], share).toFixed(2));
  const ratio = Number((measured / peer_value).toFixed(2));
  return {
    ...row,
    ...(target && { target: `<= ${peer_value}` }),
    peer: theirs.name,
    peer_value,
    ratio,
  };
}

/** The module itself says when it began; submit and start are read from clocks of one machine. */
async function startLatencies(http: Http, runs: number): Promise<number[]> {
  const samples: number[] = [];
  for (let run = 0; run < runs; run++) {
    const submitted = performance.timeOrigin + performance.now();
    const { id } = await http.post<{ id: string }>('/v1/jobs', { module: 'test' });
    const { metrics } = await http.get<{ metrics: Record<string, number> }>(`/v1/jobs/${id}?wait=10`);
    samples.push((metrics.began_unix_ms ?? Number.NaN) - submitted);
  }
  return samples;
}
