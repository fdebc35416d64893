import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchServer } from './product.ts';
import { median, type Suite } from './report.ts';

/** From the start of the process `hive up` to its first answered request, on an empty and on a used data folder. */
export const coldStart: Suite = async ({ quick }) => {
  const dir = mkdtempSync(join(tmpdir(), 'hive-bench-'));
  const samples: number[] = [];
  try {
    for (let run = 0; run < (quick ? 3 : 10); run++) {
      const begun = performance.now();
      const server = await launchServer(dir);
      await fetch(`${server.url}/readyz`);
      samples.push(performance.now() - begun);
      await server.stop();
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  return [
    {
      id: 'cold-start',
      what: 'hive up to its first answered /readyz, median',
      measured: median(samples),
      unit: 'ms',
      target: '< 500',
      samples,
    },
  ];
};
