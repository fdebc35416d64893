import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StandIn } from '../../test/worker/stand-in-orchestrator.ts';
import { type RunningWorker, startWorker, type WorkerConfig } from './agent.ts';

let server: StandIn;
let folder: string;
let worker: RunningWorker | undefined;

const start = async (more: Partial<WorkerConfig> = {}): Promise<RunningWorker> => {
  worker = await startWorker({
    url: server.url,
    name: 'bench',
    version: '0.0.1',
    slots: 2,
    stateDir: join(folder, 'state'),
    capabilities: ['test'],
    log: () => {},
    ...more,
  });
  await worker.online;
  return worker;
};

const listen = async (terms: Parameters<typeof StandIn.listen>[0] = {}): Promise<void> => {
  server = await StandIn.listen(terms);
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hive-worker-'));
});

afterEach(async () => {
  await worker?.kill('the test is over');
  worker = undefined;
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

describe('a job from assignment to settlement', () => {
  it('is accepted, started, logged, uploaded and reported', async () => {
    await listen();
    await start();
    const artifacts = [
      { name: 'sub/noise.bin', size: 300_000 },
      { name: 'empty.bin', size: 0 },
    ];
    const ref = server.assign('test', { echo: { a: 1 }, sleep_ms: 300, log_lines: 3, artifacts, seed: 5 });
    await server.frame('accepted', (frame) => frame.attempts[0]?.nonce === ref.nonce);
    await server.started(ref);
    await server.progress(ref, (progress) => progress.percent > 0);
    const outcome = await server.outcome(ref);
    expect(outcome).toMatchObject({
      status: 'succeeded',
      engine: 'echo',
      output: { echo: { a: 1 }, artifacts: ['sub/noise.bin', 'empty.bin'] },
      artifacts: [
        { name: 'empty.bin', size: 0 },
        { name: 'sub/noise.bin', size: 300_000 },
      ],
    });
    expect(server.log(ref)).toBe('line 1 of 3\nline 2 of 3\nline 3 of 3\n');
    expect(server.artifacts(ref).get('sub/noise.bin')?.length).toBe(300_000);
    expect(worker?.status()).toMatchObject({ connected: true, running: 0 });
  });
});
