import type { WebSocket } from 'ws';
import type { Log } from '../orchestrator/deps.ts';
import type { Orchestrator, WorkerLink } from '../orchestrator/orchestrator.ts';
import { WorkerMessage } from '../protocol/channel.ts';
import { plainEnds } from '../protocol/ended-frame.ts';
import { fieldErrorsOf } from './validation.ts';

/** Bytes that may wait for a worker that does not read; past it the socket is cut, and the worker comes back. */
const MOST_UNREAD = 64 * 2 ** 20;
const CLOSE_GRACE_MS = 2000;
/** A close frame holds 123 bytes of reason. */
const MOST_REASON = 123;

/** Joins one worker's socket to the orchestrator: frames in, messages out; whatever goes wrong ends this socket alone. */
export function openChannel(socket: WebSocket, orchestrator: Orchestrator, log: Log): void {
  const link = linkTo(socket);
  const channel = orchestrator.connectWorker(link);
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    // Frames that were already on the way when the socket was refused.
    if (socket.readyState !== socket.OPEN) return;
    const frame = isBinary ? { fault: 'frames are JSON text' } : readFrame(data);
    if ('fault' in frame) {
      link.send({ type: 'refused', code: 'invalid_frame', message: frame.fault, retry: false });
      link.close(1008, 'invalid_frame');
      return;
    }
    try {
      channel.receive(frame.message);
    } catch (error) {
      log.error({ err: error, frame: frame.message.type }, 'a worker frame failed; its socket is closed');
      link.close(1011, 'internal');
    }
  });
  socket.once('close', () => channel.closed());
}

function linkTo(socket: WebSocket): WorkerLink {
  return {
    send(message) {
      if (socket.readyState !== socket.OPEN) return;
      if (socket.bufferedAmount > MOST_UNREAD) socket.terminate();
      else socket.send(JSON.stringify(message));
    },
    close(code, reason) {
      socket.close(code, Buffer.from(reason).subarray(0, MOST_REASON));
      const timer = setTimeout(() => socket.terminate(), CLOSE_GRACE_MS).unref();
      socket.once('close', () => clearTimeout(timer));
    },
  };
}

function readFrame(data: Buffer): { message: WorkerMessage } | { fault: string } {
  let value: unknown;
  try {
    value = JSON.parse(data.toString());
  } catch {
    return { fault: 'the frame is not JSON' };
  }
  const plain = plainEnds(value);
  if (plain !== null) return { message: plain };
  const parsed = WorkerMessage.safeParse(value);
  if (parsed.success) return { message: parsed.data };
  const [first] = fieldErrorsOf(parsed.error);
  return { fault: `the frame does not fit its type: ${first?.pointer ?? ''} ${first?.message ?? ''}` };
}

/** Pings every open socket and cuts those that did not answer the last ping. */
export class Liveness {
  readonly #everyMs: number;
  readonly #silent = new Map<WebSocket, boolean>();
  #timer: NodeJS.Timeout | undefined;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  watch(socket: WebSocket): void {
    this.#silent.set(socket, false);
    const heard = () => void this.#silent.set(socket, false);
    socket.on('pong', heard).on('message', heard);
    socket.once('close', () => {
      this.#silent.delete(socket);
      if (this.#silent.size === 0) clearInterval(this.#timer);
    });
    if (this.#silent.size === 1) this.#timer = setInterval(() => this.#round(), this.#everyMs).unref();
  }

  #round(): void {
    for (const [socket, silent] of this.#silent) {
      if (silent) socket.terminate();
      else {
        this.#silent.set(socket, true);
        socket.ping();
      }
    }
  }
}
