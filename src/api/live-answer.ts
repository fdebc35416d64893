import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';

/** An answer that is written piece by piece for as long as its reader keeps up. */
export class LiveAnswer {
  readonly #raw: ServerResponse;
  readonly #stalledMs: number;

  /** Takes the reply out of fastify's hands; its headers go out at once. */
  constructor(reply: FastifyReply, headers: Readonly<Record<string, string>>, stalledMs: number) {
    this.#raw = reply.raw;
    this.#stalledMs = stalledMs;
    const kept = Object.entries(reply.getHeaders()).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)] as const],
    );
    this.#raw.writeHead(200, { ...Object.fromEntries(kept), 'cache-control': 'no-store', ...headers });
    this.#raw.flushHeaders();
    // Last: what throws before it is still answered as an error.
    reply.hijack();
  }

  /** True while the reader takes what it is sent; false once it is gone or has taken nothing for too long. */
  async write(piece: string | Uint8Array): Promise<boolean> {
    if (this.#raw.destroyed) return false;
    if (this.#raw.write(piece)) return true;
    return this.#drained();
  }

  /** Between pieces: nothing is waiting to be taken. */
  get idle(): boolean {
    return !this.#raw.writableNeedDrain;
  }

  #drained(): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (ok: boolean) => {
        clearTimeout(timer);
        this.#raw.off('drain', onDrain).off('close', onClose);
        resolve(ok);
      };
      const onDrain = () => settle(true);
      const onClose = () => settle(false);
      const timer = setTimeout(onClose, this.#stalledMs);
      this.#raw.once('drain', onDrain).once('close', onClose);
    });
  }

  /** Ends the answer; a reader that does not take the rest of it soon loses its connection. */
  end(last = ''): void {
    if (this.#raw.destroyed) return;
    const timer = setTimeout(() => this.#raw.destroy(), this.#stalledMs).unref();
    this.#raw.once('close', () => clearTimeout(timer)).end(last);
  }

  /** For an answer that cannot be completed: the reader must not take it for whole. */
  break(): void {
    this.#raw.destroy();
  }
}
