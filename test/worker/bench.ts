import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasEnvironment, readProcesses } from '../../src/modules/exec/process-table.ts';
import type { AttemptRef } from '../../src/protocol/attempt.ts';
import { type RunningWorker, startWorker, type WorkerConfig } from '../../src/worker/agent.ts';
import { StandIn } from './stand-in-orchestrator.ts';

/** A stand-in orchestrator, a state folder and the workers of one test, all gone when it is disposed of. */
export interface Bench {
  readonly server: StandIn;
  readonly folder: string;
  readonly stateDir: string;
  readonly logged: string[];
  start(more?: Partial<WorkerConfig>): Promise<RunningWorker>;
  dispose(): Promise<void>;
}

export async function setUp(terms: Parameters<typeof StandIn.listen>[0] = {}): Promise<Bench> {
  const server = await StandIn.listen(terms);
  const folder = await mkdtemp(join(tmpdir(), 'hive-worker-'));
  const stateDir = join(folder, 'state');
  const workers: RunningWorker[] = [];
  const logged: string[] = [];
  return {
    server,
    folder,
    stateDir,
    logged,
    async start(more = {}) {
      const worker = await startWorker({
        url: server.url,
        name: 'bench',
        version: '0.0.1',
        slots: 2,
        stateDir,
        capabilities: ['test', 'exec'],
        log: (level, message, fields) => {
          logged.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`);
        },
        ...more,
      });
      workers.push(worker);
      await Promise.race([worker.online, worker.ended]);
      return worker;
    },
    async dispose() {
      await Promise.all(workers.map((worker) => worker.kill('the test is over')));
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The processes that carry the attempt's mark. */
export const processesOf = (ref: AttemptRef): number[] =>
  readProcesses()
    .filter((row) => !row.zombie && hasEnvironment(row.pid, `HIVE_ATTEMPT=${ref.job_id}#${ref.epoch}`))
    .map((row) => row.pid);
