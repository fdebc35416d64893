import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Way } from './schedule.ts';

/** One connection through us: `near` came to us, `far` we opened. */
interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  held: Way | null;
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
    return [...this.#pairs].filter((pair) => pair.held === null && pair.far.readyState === 'open').length;
  }

  /**
   * Passes nothing on in that direction (`up`: towards the target), not even that an end has closed. Answers how many
   * live connections it hit.
   */
  hold(way: Way, fresh: boolean): number {
    const hit = this.open;
    for (const pair of this.#pairs) if (pair.held === null) this.#hold(pair, way);
    if (fresh) this.#blackHole = way;
    return hit;
  }

  /** `late`: what was held back goes on its way now. `dropped`: both ends learn that the connection is dead. */
  release(after: 'late' | 'dropped'): void {
    this.#blackHole = null;
    for (const pair of this.#pairs) {
      if (pair.held === null) continue;
      pair.held = null;
      if (after === 'dropped' || pair.closed) this.#drop(pair);
      else for (const socket of [pair.near, pair.far]) socket.resume();
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
    const pair: Pair = { near, far, held: null, closed: false };
    this.#pairs.add(pair);
    this.#pass(pair, near, far);
    this.#pass(pair, far, near);
    if (this.#blackHole !== null) this.#hold(pair, this.#blackHole);
  }

  #pass(pair: Pair, from: Socket, to: Socket): void {
    from.on('data', (chunk) => {
      if (!to.writableEnded && !to.destroyed && !to.write(chunk)) from.pause();
    });
    to.on('drain', () => {
      if (pair.held === null) from.resume();
    });
    from.on('end', () => to.end());
    // The close that follows says what there is to say.
    from.on('error', () => {});
    from.on('close', () => {
      pair.closed = true;
      if (pair.held === null) this.#drop(pair);
    });
  }

  #hold(pair: Pair, way: Way): void {
    pair.held = way;
    if (way !== 'down') pair.near.pause();
    if (way !== 'up') pair.far.pause();
  }

  #drop(pair: Pair): void {
    this.#pairs.delete(pair);
    for (const socket of [pair.near, pair.far]) socket.destroy();
  }
}
