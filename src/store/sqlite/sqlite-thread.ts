import { parentPort, workerData } from 'node:worker_threads';
import { openReader, openWriter } from './connection.ts';
import { callRead, fileReads } from './file-reads.ts';
import { writeRows } from './rows.ts';
import { encodeError, type Reply, replyTo, type ThreadCall } from './thread-wire.ts';

/** What a thread is started with; the entry of both threads is this file. */
export interface ThreadSetup {
  readonly role: 'writer' | 'reader';
  readonly file: string;
  readonly max_bytes: number | null;
  readonly sync_delay_ms: number;
}

/** A message is answered by one message of the same number. */
export interface Envelope<T> {
  readonly number: number;
  readonly body: T;
}

interface Opened {
  serve(call: ThreadCall): Reply;
  close(): void;
}

function open({ role, file, ...limits }: ThreadSetup): Opened {
  const driver = role === 'writer' ? openWriter(file, limits) : openReader(file);
  const reads = fileReads(driver);
  const serve = (call: ThreadCall): Reply =>
    replyTo(() => ('write' in call ? writeRows(driver, call.write, call) : callRead(reads, call)));
  return { serve, close: () => driver.close() };
}

let opened: Opened | null = null;

/** The first message asks to open; a thread that cannot has nothing else to do. */
function answer(body: ThreadCall): unknown {
  if (opened !== null) return opened.serve(body);
  try {
    opened = open(workerData as ThreadSetup);
    return { ready: true };
  } catch (error) {
    setImmediate(() => parentPort?.close());
    return { ready: false, error: encodeError(error) };
  }
}

parentPort?.on('message', (message: Envelope<ThreadCall> | 'close') => {
  if (message === 'close') {
    opened?.close();
    parentPort?.close();
    return;
  }
  parentPort?.postMessage({ number: message.number, body: answer(message.body) });
});
