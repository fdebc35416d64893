import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { AttemptRef } from '../protocol/attempt.ts';
import { Problem } from '../protocol/problem.ts';

/** The orchestrator answered, and not with what was asked for. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: number;
  readonly code: string;
  readonly body: unknown;
  readonly retryAfterMs: number;

  constructor(status: number, code: string, detail: string, body: unknown, retryAfterMs: number) {
    super(detail);
    this.status = status;
    this.code = code;
    this.body = body;
    this.retryAfterMs = retryAfterMs;
  }

  get leaseLost(): boolean {
    return this.code === 'lease_lost';
  }

  /** Overload, a restart or a proxy that lost its upstream pass; everything else is an answer. */
  get passing(): boolean {
    return this.status >= 500 || this.status === 429 || this.status === 408;
  }
}

export interface Call {
  readonly method: 'GET' | 'PUT' | 'POST';
  /** below the attempt: `inputs/mesh.glb`, `log?offset=0` */
  readonly path: string;
  readonly body?: Readable | Uint8Array;
  readonly size?: number;
  /** of the body; bytes when left out */
  readonly type?: string;
  readonly signal: AbortSignal;
}

/** How long the line may be silent before a call counts as failed. */
const SILENCE_MS = 30_000;
const MAX_REPLY = 2 ** 20;

/** The fenced HTTP calls of one worker: every one names its attempt and shows its nonce (C2). */
export class AttemptApi {
  readonly #base: URL;
  readonly #agent: HttpAgent | HttpsAgent;

  constructor(url: string) {
    this.#base = new URL(url.endsWith('/') ? url : `${url}/`);
    const options = { keepAlive: true, maxSockets: 16, maxFreeSockets: 4 };
    this.#agent = this.#base.protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options);
  }

  /** The reply's body, to be read by the caller. */
  async open(ref: AttemptRef, call: Call): Promise<IncomingMessage> {
    const reply = await this.#exchange(ref, call);
    const status = reply.statusCode ?? 0;
    if (status >= 200 && status < 300) return reply;
    throw await toRefused(reply, status);
  }

  async json(ref: AttemptRef, call: Call): Promise<unknown> {
    const text = await readText(await this.open(ref, call));
    return text === '' ? null : JSON.parse(text);
  }

  close(): void {
    this.#agent.destroy();
  }

  #exchange(ref: AttemptRef, call: Call): Promise<IncomingMessage> {
    const url = new URL(`v1/attempts/${ref.job_id}/${ref.epoch}/${call.path}`, this.#base);
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const request = send(url, {
        method: call.method,
        agent: this.#agent,
        signal: call.signal,
        headers: {
          'hive-nonce': ref.nonce,
          ...(call.body !== undefined && { 'content-type': call.type ?? 'application/octet-stream' }),
          ...(call.size !== undefined && { 'content-length': call.size }),
        },
      });
      request.setTimeout(SILENCE_MS, () => request.destroy(new Error('the orchestrator fell silent')));
      request.once('response', resolve);
      request.once('error', (error) => reject(call.signal.aborted ? call.signal.reason : error));
      writeBody(request, call.body);
    });
  }
}

export const encodeName = (name: string): string => encodeURIComponent(name);

function writeBody(request: ClientRequest, body: Call['body']): void {
  if (body === undefined || body instanceof Uint8Array) {
    request.end(body);
    return;
  }
  // A refusal may come before the body is sent whole; the request's own events tell how it went.
  pipeline(body, request).catch((error: Error) => request.destroy(error));
}

async function toRefused(reply: IncomingMessage, status: number): Promise<Refused> {
  const text = await readText(reply).catch(() => '');
  const body = parseJson(text);
  const problem = Problem.safeParse(body);
  const code = problem.success ? problem.data.code : `http_${status}`;
  const detail = problem.success ? problem.data.detail : `the orchestrator answered ${status}`;
  const seconds = Number(reply.headers['retry-after'] ?? 0);
  return new Refused(status, code, detail, body, Number.isFinite(seconds) ? seconds * 1000 : 0);
}

async function readText(reply: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of reply as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_REPLY) throw new Error('the reply is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
