import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hive, launchServer, launchWorker } from './product.ts';
import { median, type Row, type Suite } from './report.ts';

/** What a person waits for at the command line, on a warm worker: the whole process `hive submit … --wait`. */
export const latency: Suite = async ({ quick }) => {
  const dir = mkdtempSync(join(tmpdir(), 'hive-bench-'));
  const server = await launchServer(join(dir, 'data'));
  const worker = launchWorker(server.url, dir, 'bench');
  const runs = quick ? 5 : 20;
  try {
    return [
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
