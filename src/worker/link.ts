import { WebSocket } from 'ws';
import { CHANNEL_MAX_FRAME, OrchestratorMessage, type WorkerMessage } from '../protocol/channel.ts';
import { Backoff } from './backoff.ts';
import { type Log, messageOf } from './log.ts';

export interface LinkHooks {
  /** The first frame of every connection. */
  hello(): WorkerMessage;
  /** `helloSentAt` by the monotonic clock */
  receive(message: OrchestratorMessage, helloSentAt: number): void;
  lost(): void;
}

const HANDSHAKE_MS = 10_000;

/** The one WebSocket to the orchestrator: dials, says hello, dials again when it is lost. */
export class Link {
  readonly #url: string;
  readonly #hooks: LinkHooks;
  readonly #log: Log;
  readonly #backoff = new Backoff(50, 2000);
  readonly #ended = new AbortController();
  #socket: WebSocket | null = null;
  #ready = false;
  #told = '';

  constructor(url: string, hooks: LinkHooks, log: Log) {
    this.#url = channelUrl(url);
    this.#hooks = hooks;
    this.#log = log;
  }

  async run(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      const problem = await this.#connectOnce();
      if (signal.aborted) return;
      // Once per problem, not once per try.
      if (problem !== this.#told)
        this.#log('warn', 'no connection to the orchestrator', { url: this.#url, problem });
      this.#told = problem;
      await this.#backoff.wait(signal).catch(() => {});
    }
  }

  /** False when there is no session to carry it. */
  send(message: WorkerMessage): boolean {
    if (!this.#ready || this.#socket === null) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** Gives up a connection that does not answer. */
  drop(): void {
    this.#socket?.terminate();
  }

  /** Sends what is queued, says good-bye to the socket and does not dial again. */
  async close(): Promise<void> {
    this.#ended.abort();
    const socket = this.#socket;
    if (socket === null) return;
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    const late = setTimeout(() => socket.terminate(), 1000);
    if (socket.readyState === WebSocket.OPEN) socket.close(1000);
    else socket.terminate();
    await closed;
    clearTimeout(late);
  }

  /** Resolves when the connection is over, with the reason in words. */
  #connectOnce(): Promise<string> {
    return new Promise((resolve) => {
      const socket = new WebSocket(this.#url, {
        handshakeTimeout: HANDSHAKE_MS,
        maxPayload: CHANNEL_MAX_FRAME,
        perMessageDeflate: false,
        // A mask of zeros: it protects proxies from scripts in browsers, and costs both ends a pass over every byte.
        generateMask() {},
      });
      this.#socket = socket;
      let problem = '';
      let helloSentAt = 0;
      const impatient = setTimeout(() => {
        problem = 'the orchestrator does not answer the hello';
        socket.terminate();
      }, HANDSHAKE_MS);
      socket.on('open', () => {
        helloSentAt = performance.now();
        socket.send(JSON.stringify(this.#hooks.hello()));
      });
      socket.on('message', (data) => {
        clearTimeout(impatient);
        const message = this.#parse(String(data));
        if (message?.type === 'refused') problem = message.message;
        if (message !== null) this.#deliver(message, helloSentAt);
        else socket.close(1007, 'bad frame');
      });
      socket.on('error', (error) => {
        problem ||= messageOf(error);
      });
      socket.on('close', (code, reason) => {
        clearTimeout(impatient);
        this.#socket = null;
        const wasReady = this.#ready;
        this.#ready = false;
        if (wasReady) this.#hooks.lost();
        resolve(problem || `the connection was closed (${code}${reason.length > 0 ? `: ${reason}` : ''})`);
      });
    });
  }

  #deliver(message: OrchestratorMessage, helloSentAt: number): void {
    if (message.type === 'welcome') {
      this.#ready = true;
      this.#told = '';
      this.#backoff.reset();
    }
    this.#hooks.receive(message, helloSentAt);
  }

  #parse(text: string): OrchestratorMessage | null {
    try {
      return OrchestratorMessage.parse(JSON.parse(text));
    } catch (error) {
      this.#log('error', 'the orchestrator sent a frame that does not fit the protocol', {
        error: messageOf(error),
      });
      return null;
    }
  }
}

function channelUrl(url: string): string {
  const channel = new URL('v1/workers/connect', url.endsWith('/') ? url : `${url}/`);
  channel.protocol = channel.protocol === 'https:' ? 'wss:' : 'ws:';
  return channel.href;
}
