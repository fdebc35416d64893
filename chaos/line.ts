import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Way } from './schedule.ts';

/** One direction of a connection: what comes from one end goes to the other. */
interface Flow {
  readonly from: Socket;
  readonly to: Socket;
  /** What came while the flow was held; null when it passes. */
  held: Buffer[] | null;
}

/** One connection through us: `near` came to us, `far` we opened. */
interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  readonly up: Flow;
  readonly down: Flow;
  held: boolean;
  /** An end closed while the pair was held: the other one does not know. */
  closed: boolean;
}

/** A TCP line through which a connection can be made half-open: alive for one end, dead for the other. */
export class Line {
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #target: number;
  #blackHole: Way | null = null;

  private constructor(server: Server, target: number) {
    this.#server = server;
    this.#target = target;
    server.on('connection', (near) => this.#open(near));
  }

  /** Listens on a free port of the loopback and passes on to the target port. */
  static async listen(target: number): Promise<Line> {
    const server = createServer({ allowHalfOpen: true });
    const line = new Line(server, target);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return line;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Connections that pass freely now. */
  get open(): number {
    return [...this.#pairs].filter((pair) => !pair.held && pair.far.readyState === 'open').length;
  }

  /**
   * Passes nothing on in that direction (`up`: towards the target), not even that an end has closed. Answers how many
   * live connections it hit.
   */
  hold(way: Way, fresh: boolean): number {
    const hit = this.open;
    for (const pair of this.#pairs) if (!pair.held) hold(pair, way);
    if (fresh) this.#blackHole = way;
    return hit;
  }

  /** `late`: what was held back goes on its way now, even when its sender is gone. `dropped`: both ends learn that the connection is dead. */
  release(after: 'late' | 'dropped'): void {
    this.#blackHole = null;
    for (const pair of this.#pairs) {
      if (!pair.held) continue;
      pair.held = false;
      if (after === 'dropped') this.#drop(pair);
      else for (const flow of [pair.up, pair.down]) passOn(flow, pair.closed);
    }
  }

  async close(): Promise<void> {
    for (const pair of this.#pairs) this.#drop(pair);
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #open(near: Socket): void {
    const far = connect({ port: this.#target, host: '127.0.0.1', allowHalfOpen: true });
    const up: Flow = { from: near, to: far, held: null };
    const down: Flow = { from: far, to: near, held: null };
    const pair: Pair = { near, far, up, down, held: false, closed: false };
    this.#pairs.add(pair);
    for (const flow of [up, down]) this.#connect(pair, flow);
    if (this.#blackHole !== null) hold(pair, this.#blackHole);
  }

  #connect(pair: Pair, flow: Flow): void {
    const { from, to } = flow;
    from.on('data', (chunk: Buffer) => {
      if (flow.held !== null) flow.held.push(chunk);
      else if (to.writable && !to.write(chunk)) from.pause();
    });
    to.on('drain', () => from.resume());
    from.on('end', () => {
      if (!pair.held) to.end();
      else pair.closed = true;
    });
    // The close that follows says what there is to say.
    from.on('error', () => {});
    from.on('close', () => {
      if (pair.held) pair.closed = true;
      else if (to.writableLength === 0) this.#drop(pair);
      else to.end(() => this.#drop(pair));
    });
  }

  #drop(pair: Pair): void {
    this.#pairs.delete(pair);
    for (const socket of [pair.near, pair.far]) socket.destroy();
  }
}

function hold(pair: Pair, way: Way): void {
  pair.held = true;
  if (way !== 'down') pair.up.held = [];
  if (way !== 'up') pair.down.held = [];
}

function passOn(flow: Flow, isLast: boolean): void {
  const chunks = flow.held ?? [];
  flow.held = null;
  if (!flow.to.writable) return;
  for (const chunk of chunks) flow.to.write(chunk);
  if (isLast) flow.to.end();
}
