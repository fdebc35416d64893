import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openHttp } from './http.ts';
import { launchServer } from './product.ts';
import { quantile, type Suite } from './report.ts';

const DELAY_MS = 6;
const RATE = 2000;
const BATCH = 50;

/** How long readers wait while much is written to a disk whose every sync takes 6 ms longer. */
export const slowDisk: Suite = async ({ quick }) => {
  const dir = mkdtempSync(join(tmpdir(), 'hive-bench-'));
  const server = await launchServer(dir, ['--sync-delay', String(DELAY_MS)]);
  const writer = openHttp(server.url);
  const reader = openHttp(server.url);
  const samples: number[] = [];
  let written = 0;
  let done = false;
  const seconds = quick ? 5 : 30;
  const begun = performance.now();
  const elapsed = (): number => (performance.now() - begun) / 1000;
  const write = async (): Promise<void> => {
    while (!done) {
      const jobs = Array.from({ length: BATCH }, () => ({ module: 'test' }));
      await writer.post('/v1/jobs/batch', { jobs });
      written += BATCH;
      await pause(Math.max(0, (written / RATE - elapsed()) * 1000));
    }
  };
  const writing = write();
  try {
    for (let turn = 0; elapsed() < seconds; turn++) {
      const asked = performance.now();
      await reader.get(
        ['/v1/jobs?limit=10', '/v1/modules', '/v1/jobs?state=queued&limit=10'][turn % 3] ?? '',
      );
      if (elapsed() > 1) samples.push(performance.now() - asked);
      await pause(5);
    }
    done = true;
    await writing;
    const rate = Math.round(written / elapsed());
    return [
      {
        id: 'slow-disk',
        what: `p99 of HTTP reads while ${rate} jobs/s are written, each sync of the store's file made ${DELAY_MS} ms longer`,
        measured: quantile(samples, 0.99),
        unit: 'ms',
        target: '< 20',
        samples,
      },
    ];
  } finally {
    writer.close();
    reader.close();
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  }
};
