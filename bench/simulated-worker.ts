import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { AttemptRef } from '../src/protocol/attempt.ts';
import { CHANNEL_VERSION, type OrchestratorMessage, type WorkerMessage } from '../src/protocol/channel.ts';
import { VERSION } from '../src/protocol/version.ts';

export interface SimulatedWorkerOptions {
  readonly name: string;
  readonly slots?: number;
  readonly labels?: Readonly<Record<string, string>>;
  /** Ends at once whatever it is given; without it nothing is ever accepted. */
  readonly works?: boolean;
}

/** A worker's end of the channel over a real socket: it says hello, beats, and ends jobs without doing anything. */
export interface SimulatedWorker {
  readonly settled: () => number;
  close(): Promise<void>;
}

export async function connectSimulated(
  url: string,
  options: SimulatedWorkerOptions,
): Promise<SimulatedWorker> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/workers/connect`, {
    perMessageDeflate: false,
  });
  await once(socket, 'open');
  const send = (message: WorkerMessage): void => socket.send(JSON.stringify(message));
  let settled = 0;
  let seq = 0;
  let beats: NodeJS.Timeout | undefined;
  const welcomed = new Promise<void>((resolve, reject) => {
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as OrchestratorMessage;
      if (message.type === 'welcome') {
        const beat = (): void => send({ type: 'beat', seq: ++seq, attempts: [] });
        // The first beat comes at a time of its own, as it does in a fleet that was not started at one instant.
        setTimeout(() => {
          beats = setInterval(beat, message.beat_ms).unref();
        }, Math.random() * message.beat_ms).unref();
        resolve();
      } else if (message.type === 'refused') reject(new Error(message.message));
      else if (message.type === 'assign' && options.works === true) work(send, message.assignments);
      else settled += settlements(message);
    });
  });
  send(helloOf(options));
  await welcomed;
  return {
    settled: () => settled,
    async close() {
      clearInterval(beats);
      send({ type: 'bye' });
      socket.close();
      await once(socket, 'close');
    },
  };
}

const settlements = (message: OrchestratorMessage): number => (message.type === 'settled' ? 1 : 0);

function work(send: (message: WorkerMessage) => void, given: readonly AttemptRef[]): void {
  const attempts = given.map(({ job_id, epoch, nonce }) => ({ job_id, epoch, nonce }));
  send({ type: 'accepted', attempts });
  send({ type: 'started', attempts });
  const done = { status: 'succeeded', engine: 'simulated', output: null } as const;
  const outcome = { ...done, metrics: {}, warnings: [], artifacts: [] };
  for (const attempt of attempts) send({ type: 'outcome', attempt, outcome });
}

function helloOf({ name, slots = 1, labels = {} }: SimulatedWorkerOptions): WorkerMessage {
  return {
    type: 'hello',
    channel: CHANNEL_VERSION,
    boot_id: `${name}-${process.pid}`,
    live: [],
    offer: {
      name,
      version: VERSION,
      pid: process.pid,
      slots,
      capabilities: ['test'],
      modules: [{ name: 'test', version: '1.0.0', engine: 'simulated' }],
      labels,
      hardware: {
        hostname: 'simulated',
        platform: process.platform,
        arch: process.arch,
        cpu_model: 'simulated',
        cpus: slots,
        memory_bytes: 2 ** 40,
        gpus: [],
      },
    },
  };
}
