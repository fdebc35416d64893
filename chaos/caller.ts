import { Agent, request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** No answer within this long counts as none. */
const PATIENCE_MS = 3000;

/** Calls to one server that may hang, break off or be refused; null when there was no whole answer. */
export class Caller {
  readonly url: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 32 });

  constructor(url: string) {
    this.url = url;
  }

  get(path: string): Promise<Answer | null> {
    return this.#call('GET', path, undefined, {});
  }

  post(path: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer | null> {
    return this.#call('POST', path, body, headers);
  }

  /** The bytes of a body; throws when they do not come whole. */
  async bytes(path: string): Promise<Buffer> {
    const reply = await fetch(`${this.url}${path}`);
    if (!reply.ok) throw new Error(`GET ${path} was answered with ${reply.status}`);
    return Buffer.from(await reply.arrayBuffer());
  }

  close(): void {
    this.#agent.destroy();
  }

  #call(
    method: string,
    path: string,
    body: string | undefined,
    more: Readonly<Record<string, string>>,
  ): Promise<Answer | null> {
    const headers =
      body === undefined
        ? more
        : { ...more, 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) };
    return new Promise((resolve) => {
      const sent = request(`${this.url}${path}`, { method, agent: this.#agent, headers }, (reply) => {
        const chunks: Buffer[] = [];
        reply.on('data', (chunk: Buffer) => chunks.push(chunk));
        reply.once('end', () => settle(reply.complete ? answerOf(reply.statusCode ?? 0, chunks) : null));
        reply.once('error', () => settle(null));
      });
      const late = setTimeout(() => {
        settle(null);
        sent.destroy();
      }, PATIENCE_MS);
      const settle = (answer: Answer | null): void => {
        clearTimeout(late);
        resolve(answer);
      };
      sent.on('error', () => settle(null)).end(body);
    });
  }
}

function answerOf(status: number, chunks: readonly Buffer[]): Answer | null {
  try {
    return { status, body: JSON.parse(Buffer.concat(chunks).toString('utf8')) };
  } catch {
    return null;
  }
}
