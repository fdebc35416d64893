import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { BlobStore } from '../blobs/blob-store.ts';
import { openFileBlobs } from '../blobs/fs/file-blobs.ts';
import { DEFAULT_LEASE } from '../core/lease.ts';
import type { Assignment, AttemptRef } from '../protocol/attempt.ts';
import { CHANNEL_VERSION, type OrchestratorMessage, type WorkerMessage } from '../protocol/channel.ts';
import { WorkerId } from '../protocol/ids.ts';
import { defineManifest, type Manifest } from '../protocol/manifest.ts';
import { createMemoryStore } from '../store/memory/memory-store.ts';
import type { Store } from '../store/record-store.ts';
import { createOrchestrator } from './control-plane.ts';
import type { Time } from './deps.ts';
import type { Caller, Orchestrator } from './orchestrator.ts';

/** A clock that only moves when told, and runs what falls due on the way. */
interface ManualTime extends Time {
  /** Moves on by `ms`; between timers, everything that was set going comes to rest. */
  advance(ms: number): Promise<void>;
}

function createManualTime(start = 1_750_000_000_000): ManualTime {
  let now = start;
  let timers: { at: number; run: () => void }[] = [];
  return {
    now: () => now,
    after(ms, run) {
      const timer = { at: now + ms, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        await rest();
        const next = timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        timers = timers.filter((timer) => timer !== next);
        now = Math.max(now, next.at);
        next.run();
      }
      now = end;
      await rest();
    },
  };
}

/** Lets promises and file operations that are under way come to their end. */
export async function rest(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits for a condition that real input and output brings about. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 5000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('waited 5 s for a condition that never held');
    await rest();
  }
}

const echo: Manifest<{ text: string; image?: string | undefined }> = defineManifest({
  name: 'echo',
  family: 'test',
  kind: 'exec',
  title: 'Echo',
  description: 'says it again',
  version: '1',
  input: z.strictObject({ text: z.string().min(1), image: z.string().optional() }),
  output: z.unknown(),
  needs: () => ({ cpu: 1, memory_bytes: 1000 }),
  files: (input) => (input.image === undefined ? {} : { image: input.image }),
  example: { text: 'hello' },
});

export const ME: Caller = { tenant: 'default', principal: 'tester' };

export interface Rig {
  readonly orchestrator: Orchestrator;
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly time: ManualTime;
  /** The same store under a new orchestrator, as after a crash. */
  restart(): Promise<Orchestrator>;
  close(): Promise<void>;
}

export async function createRig(): Promise<Rig> {
  const time = createManualTime();
  const dir = mkdtempSync(join(tmpdir(), 'hive-orchestrator-'));
  const store = createMemoryStore({ clock: time });
  const blobs = await openFileBlobs({ dir });
  let counter = 0;
  const start = async (): Promise<Orchestrator> => {
    const orchestrator = createOrchestrator({
      store,
      blobs,
      time,
      catalogue: [echo],
      lease: DEFAULT_LEASE,
      // Each id's ten bytes end in a number of their own.
      randomBytes: (size) =>
        Uint8Array.from({ length: size }, (_, i) => {
          if (i % 10 === 0) counter += 1;
          return i % 10 < 6 ? 0 : counter >>> (8 * (9 - (i % 10)));
        }),
      jitter: () => 0.5,
      log: {
        info() {},
        warn() {},
        error: (fields, message) => process.stderr.write(`${message} ${JSON.stringify(fields)}\n`),
      },
    });
    await orchestrator.start();
    await time.advance(1);
    return orchestrator;
  };
  const orchestrator = await start();
  return {
    orchestrator,
    store,
    blobs,
    time,
    restart: start,
    close: async () => {
      await orchestrator.stop();
      await store.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** A worker as the orchestrator sees it: what was sent to it, and what it says. */
export class FakeWorker {
  readonly id: WorkerId;
  readonly sent: OrchestratorMessage[] = [];
  closedWith: string | null = null;
  readonly #say: (message: WorkerMessage) => void;
  readonly #hangUp: () => void;

  constructor(
    orchestrator: Orchestrator,
    name: string,
    options: { boot?: string; slots?: number; prefetch?: number; live?: AttemptRef[] } = {},
  ) {
    this.id = WorkerId.parse(`wrk_${name.padStart(26, '0')}`);
    const channel = orchestrator.connectWorker({
      send: (message) => void this.sent.push(message),
      close: (_code, reason) => {
        this.closedWith = reason;
      },
    });
    this.#say = (message) => channel.receive(message);
    this.#hangUp = () => channel.closed();
    this.#say(helloOf(this.id, name, options));
  }

  say(message: WorkerMessage): void {
    this.#say(message);
  }

  hangUp(): void {
    this.#hangUp();
  }

  get assignments(): Assignment[] {
    return this.sent.flatMap((message) => (message.type === 'assign' ? message.assignments : []));
  }

  last<T extends OrchestratorMessage['type']>(
    type: T,
  ): Extract<OrchestratorMessage, { type: T }> | undefined {
    return this.sent
      .filter((message): message is Extract<OrchestratorMessage, { type: T }> => message.type === type)
      .at(-1);
  }
}

function helloOf(
  id: WorkerId,
  name: string,
  options: { boot?: string; slots?: number; prefetch?: number; live?: AttemptRef[] },
): WorkerMessage {
  return {
    type: 'hello',
    channel: CHANNEL_VERSION,
    worker_id: id,
    boot_id: options.boot ?? 'boot-1',
    live: options.live ?? [],
    offer: {
      name,
      version: '0',
      pid: 1,
      slots: options.slots ?? 1,
      prefetch: options.prefetch ?? 0,
      capabilities: ['test'],
      modules: [{ name: 'echo', version: '1', engine: 'echo' }],
      labels: {},
      hardware: {
        hostname: name,
        platform: 'linux',
        arch: 'x64',
        cpu_model: 'test',
        cpus: 16,
        memory_bytes: 1e9,
        gpus: [],
      },
    },
  };
}
