import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Assignment, AttemptRef } from '../../src/protocol/attempt.ts';
import { type OrchestratorMessage, type OutcomeVerdict, WorkerMessage } from '../../src/protocol/channel.ts';
import { type ErrorCode, HiveError } from '../../src/protocol/errors.ts';
import { makeId } from '../../src/protocol/ids.ts';
import type { Progress } from '../../src/protocol/job.ts';
import { type Held, serveHeld } from './held-attempt.ts';
import { HeldCheckpoints, type SavedFiles } from './held-checkpoints.ts';

export type Frame = WorkerMessage & { readonly connection: number };
type FrameOf<T extends Frame['type']> = Extract<Frame, { type: T }>;

const TERMS = { beat_ms: 200, lease_ms: 10_000, kill_after_ms: 15_000 };

/** The orchestrator's side of the worker channel on a loopback port, as far as a worker can see it; for tests. */
export class StandIn {
  readonly frames: Frame[] = [];
  /** How outcomes are answered; null leaves them without an answer. */
  verdict: (ref: AttemptRef) => OutcomeVerdict | null = () => 'committed';
  /** What every beat is answered. */
  directives: () => Extract<OrchestratorMessage, { type: 'beat_reply' }>['directives'] = () => [];
  /** Answer no beats. */
  mute = false;
  /** Answer acceptances, so that attempts start. */
  confirms = true;
  /** Take so many log chunks without a reply arriving. */
  loseReplies = 0;
  /** Take connections but answer no hello. */
  silent = false;
  /** Refuse the next hello so. */
  refusal: { code: string; retry: boolean } | null = null;
  /** Answer HTTP calls with this instead; return null to go on as usual. */
  intercept: (method: string, path: string) => ErrorCode | 'hang up' | null = () => null;
  readonly calls: string[] = [];
  connections = 0;
  #terms = TERMS;
  #socket: WebSocket | null = null;
  #open = false;
  readonly #held = new Map<string, Held>();
  readonly #waiters = new Set<() => void>();
  readonly #http: Server;
  readonly #channel = new WebSocketServer({ noServer: true });
  readonly #workerId = makeId('wrk', Date.now(), randomBytes(10));

  private constructor() {
    this.#http = createServer((request, reply) => void this.#serve(request, reply));
    this.#http.on('upgrade', (request, socket, head) => {
      if (request.url !== '/v1/workers/connect') return socket.destroy();
      this.#channel.handleUpgrade(request, socket, head, (opened) => this.#talk(opened));
    });
  }

  static async listen(terms: Partial<typeof TERMS> = {}): Promise<StandIn> {
    const server = new StandIn();
    server.#terms = { ...TERMS, ...terms };
    await new Promise<void>((resolve) => server.#http.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  get workerId(): string {
    return this.#workerId;
  }

  async close(): Promise<void> {
    for (const client of this.#channel.clients) client.terminate();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  /** Cuts the connection without a word. */
  cut(): void {
    this.#open = false;
    this.#socket?.terminate();
  }

  send(message: OrchestratorMessage): void {
    this.#socket?.send(JSON.stringify(message));
  }

  assign(
    module: string,
    input: unknown,
    options: {
      files?: Record<string, Buffer>;
      timeout_ms?: number;
      memory_bytes?: number;
      corrupt?: boolean;
      keep_running?: boolean;
      prefetched?: boolean;
      reserve?: { cpu: number; memory_bytes: number };
      /** What an earlier attempt saved. */
      resume?: SavedFiles;
    } = {},
  ): AttemptRef {
    const ref: AttemptRef = {
      job_id: makeId('job', Date.now(), randomBytes(10)),
      epoch: 1,
      nonce: randomBytes(16).toString('hex'),
    };
    const inputs = new Map(Object.entries(options.files ?? {}));
    const checkpoints = new HeldCheckpoints(options.resume);
    const none = { log: Buffer.alloc(0), artifacts: new Map(), fenced: false };
    this.#held.set(ref.job_id, { ref, inputs, checkpoints, ...none });
    const files = [...inputs].map(([name, bytes]) => ({
      name,
      ref: 'upl',
      size: bytes.length,
      sha256: createHash('sha256')
        .update(options.corrupt === true ? 'other' : bytes)
        .digest('hex'),
    }));
    const assignment: Assignment = {
      ...ref,
      module,
      input,
      files,
      timeout_ms: options.timeout_ms ?? 60_000,
      limits: { cpu: 1, memory_bytes: options.memory_bytes ?? 4 * 2 ** 30 },
      ...checkpoints.pointer,
      ...(options.prefetched === true && { prefetched: true }),
      ...(options.reserve !== undefined && { reserve: options.reserve }),
      ...(options.keep_running === true && { on_partition: 'keep_running' }),
    };
    this.send({ type: 'assign', assignments: [assignment] });
    return ref;
  }

  async whenConnected<T>(act: () => T): Promise<T> {
    while (!this.#open) await this.changed();
    return act();
  }

  direct(ref: AttemptRef, directive: 'cancel' | 'abandon' | 'drain', left_ms?: number): void {
    this.send({ type: 'directive', attempt: ref, directive, ...(left_ms !== undefined && { left_ms }) });
  }

  /** The last checkpoint that was committed. */
  saved(ref: AttemptRef): SavedFiles {
    return this.#heldOf(ref).checkpoints.last;
  }

  /** From now on every write of the attempt is stale. */
  fence(ref: AttemptRef): void {
    this.#heldOf(ref).fenced = true;
  }

  log(ref: AttemptRef): string {
    return this.#heldOf(ref).log.toString();
  }

  artifacts(ref: AttemptRef): ReadonlyMap<string, Buffer> {
    return this.#heldOf(ref).artifacts;
  }

  /** The first frame that fits, of those that came and those that come. */
  async frame<T extends Frame['type']>(
    type: T,
    fits: (frame: FrameOf<T>) => boolean = () => true,
  ): Promise<FrameOf<T>> {
    for (;;) {
      const found = this.frames.find(
        (frame): frame is FrameOf<T> => frame.type === type && fits(frame as FrameOf<T>),
      );
      if (found !== undefined) return found;
      await this.changed();
    }
  }

  started = (ref: AttemptRef): Promise<unknown> =>
    this.frame('started', (frame) => frame.attempts.some((each) => each.nonce === ref.nonce));

  async outcome(ref: AttemptRef): Promise<FrameOf<'outcome'>['outcome']> {
    return (await this.frame('outcome', (frame) => frame.attempt.nonce === ref.nonce)).outcome;
  }

  async progress(ref: AttemptRef, fits: (progress: Progress) => boolean): Promise<void> {
    await this.frame('beat', (frame) =>
      frame.attempts.some(
        (each) => each.nonce === ref.nonce && each.progress !== undefined && fits(each.progress),
      ),
    );
  }

  /** Resolves at the next frame, connection or call. */
  changed(): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiters.delete(wake);
        resolve();
      };
      this.#waiters.add(wake);
    });
  }

  #wake(): void {
    for (const wake of [...this.#waiters]) wake();
  }

  #talk(socket: WebSocket): void {
    this.connections += 1;
    const connection = this.connections;
    this.#socket = socket;
    socket.on('close', () => this.#wake());
    socket.on('message', (data) => {
      const message = WorkerMessage.parse(JSON.parse(String(data)));
      this.frames.push({ ...message, connection });
      this.#answer(socket, message);
      this.#wake();
    });
  }

  #answer(socket: WebSocket, message: WorkerMessage): void {
    const reply = (answer: OrchestratorMessage): void => socket.send(JSON.stringify(answer));
    if (message.type === 'hello' && !this.silent) {
      const { refusal } = this;
      this.refusal = null;
      if (refusal !== null) {
        reply({ type: 'refused', message: 'not now', ...refusal });
        socket.close();
        return;
      }
      const abandon = message.live.filter((ref) => this.#heldOf(ref).fenced);
      this.#open = true;
      reply({
        type: 'welcome',
        worker_id: this.#workerId,
        session: this.connections,
        ...this.#terms,
        abandon,
      });
    }
    if (message.type === 'accepted' && this.confirms) {
      for (const attempt of message.attempts) reply({ type: 'directive', attempt, directive: 'continue' });
    }
    if (message.type === 'beat' && !this.mute)
      reply({ type: 'beat_reply', seq: message.seq, directives: this.directives() });
    if (message.type === 'outcome') {
      const verdict = this.verdict(message.attempt);
      if (verdict !== null) reply({ type: 'settled', attempt: message.attempt, verdict });
    }
  }

  #heldOf(ref: { job_id: string }): Held {
    const held = this.#held.get(ref.job_id);
    if (held === undefined) throw new Error(`never assigned: ${ref.job_id}`);
    return held;
  }

  async #serve(request: IncomingMessage, reply: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://here');
    const call = `${request.method} ${url.pathname.split('/').slice(5).join('/')}`;
    this.calls.push(call);
    try {
      const early = this.intercept(request.method ?? '', url.pathname);
      if (early === 'hang up') {
        request.socket.destroy();
        return;
      }
      if (early !== null) throw new HiveError(early, 'as the test asks');
      await this.#attemptCall(request, url, reply);
    } catch (error) {
      const problem = error instanceof HiveError ? error : new HiveError('internal', String(error));
      reply.writeHead(problem.status, { 'content-type': 'application/problem+json' });
      reply.end(JSON.stringify(problem.toProblem()));
    }
    this.#wake();
  }

  async #attemptCall(request: IncomingMessage, url: URL, reply: ServerResponse): Promise<void> {
    const [, , , job_id = '', , ...path] = url.pathname.split('/').map(decodeURIComponent);
    const held = this.#heldOf({ job_id });
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    if (held.fenced || request.headers['hive-nonce'] !== held.ref.nonce) {
      throw new HiveError('lease_lost', 'this attempt is over');
    }
    const answer = serveHeld(held, path, Number(url.searchParams.get('offset')), body);
    if (path[0] === 'log' && this.loseReplies-- > 0) request.socket.destroy();
    else reply.end(answer);
  }
}
