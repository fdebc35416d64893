import { parentPort, workerData } from 'node:worker_threads';
import { openReader, openWriter } from './connection.ts';
import { Engine } from './engine.ts';
import { runRead } from './read-wire.ts';
import { sqliteReads } from './sqlite-reads.ts';
import { encodeError, packReply, type ReadCall, unpackGroup } from './wire.ts';

/** What a thread is started with; the entry of both threads is this file. */
export interface ThreadSetup {
  readonly role: 'writer' | 'reader';
  readonly file: string;
  readonly max_queued: number;
  readonly max_bytes: number | null;
  readonly sync_delay_ms: number;
}

/** A message is answered by one message of the same number. */
export interface Envelope<T> {
  readonly number: number;
  readonly body: T;
}

type Serve = (body: never) => unknown;

function open({ role, file, max_queued, ...limits }: ThreadSetup): { serve: Serve; close(): void } {
  if (role === 'writer') {
    const engine = new Engine(openWriter(file, limits), max_queued);
    return {
      serve: (packed: string) => packReply(engine.run(unpackGroup(packed))),
      close: () => engine.close(),
    };
  }
  const driver = openReader(file);
  const reads = sqliteReads(driver);
  return { serve: (call: ReadCall) => runRead(reads, call), close: () => driver.close() };
}

let opened: ReturnType<typeof open> | null = null;

/** The first message asks to open; a thread that cannot has nothing else to do. */
function answer(body: never): unknown {
  if (opened !== null) return opened.serve(body);
  try {
    opened = open(workerData as ThreadSetup);
    return { ready: true };
  } catch (error) {
    setImmediate(() => parentPort?.close());
    return { ready: false, error: encodeError(error) };
  }
}

parentPort?.on('message', (message: Envelope<never> | 'close') => {
  if (message === 'close') {
    opened?.close();
    parentPort?.close();
    return;
  }
  parentPort?.postMessage({ number: message.number, body: answer(message.body) });
});
