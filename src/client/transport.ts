import type { Problem } from '../protocol/problem.ts';
import { ApiError, isTransient, readProblem, ServerUnreachable, StreamRefused } from './errors.ts';
import { backoffMs, sleep } from './patience.ts';
import { type SseMessage, SseParser } from './sse.ts';

export interface ClientOptions {
  /** Where the server is: `http://127.0.0.1:8000`; a path is kept as a prefix. */
  readonly url: string;
  readonly fetch?: typeof fetch;
  readonly headers?: Readonly<Record<string, string>>;
  /** Tries after the first, for calls that may be repeated. */
  readonly retries?: number;
  /** How long the server may take to begin its answer. */
  readonly timeoutMs?: number;
  /** How long a follower reconnects to a server that does not answer. */
  readonly patienceMs?: number;
}

export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export interface Call {
  readonly method?: string;
  readonly query?: Query;
  readonly json?: unknown;
  readonly body?: Blob | Uint8Array | string | ReadableStream<Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Whether it may be sent twice; so for GET, and for a POST that carries an idempotency key. */
  readonly repeatable?: boolean;
  readonly timeoutMs?: number;
  /** Statuses besides 2xx that are an answer, not a failure. */
  readonly accept?: readonly number[];
}

/** Two heartbeats of the server (15 s) and a bit: longer silence means that the connection is dead. */
const IDLE_MS = 40_000;

/** One server over fetch: addresses, retries, time limits, and failures as typed errors. */
export class Transport {
  readonly url: string;
  readonly patienceMs: number;
  readonly #fetch: typeof fetch;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #retries: number;
  readonly #timeoutMs: number;

  constructor(options: ClientOptions) {
    this.url = new URL(options.url).href.replace(/\/+$/, '');
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
    this.#headers = options.headers ?? {};
    this.#retries = options.retries ?? 3;
    this.#timeoutMs = options.timeoutMs ?? 30_000;
    this.patienceMs = options.patienceMs ?? 120_000;
  }

  async json<T>(path: string, call: Call = {}): Promise<T> {
    const response = await this.request(path, {
      ...call,
      headers: { accept: 'application/json', ...call.headers },
    });
    try {
      return (await response.json()) as T;
    } catch (error) {
      if (call.signal?.aborted) throw call.signal.reason;
      throw new ServerUnreachable(this.url, 'its answer broke off or is not JSON', error);
    }
  }

  /** The response once its headers are here; anything but success throws. */
  async request(path: string, call: Call = {}): Promise<Response> {
    const repeatable = call.repeatable ?? (call.method === undefined || call.method === 'GET');
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#once(path, call);
      } catch (error) {
        if (!repeatable || attempt >= this.#retries || !isTransient(error)) throw error;
        await sleep(backoffMs(attempt), call.signal);
      }
    }
  }

  /** One event stream; yields null when it is open, then its messages, and ends when the server ends it. */
  async *stream(
    path: string,
    call: Call & { readonly lastEventId?: string | undefined },
  ): AsyncGenerator<SseMessage | null> {
    const id = call.lastEventId ?? '';
    const response = await this.request(path, {
      ...call,
      repeatable: false,
      headers: { accept: 'text/event-stream', ...(id !== '' && { 'last-event-id': id }), ...call.headers },
    });
    if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
      await response.body?.cancel();
      throw new StreamRefused(`${path} did not answer with an event stream`);
    }
    yield null;
    const parser = new SseParser(id);
    const decoder = new TextDecoder();
    for await (const chunk of this.chunks(response, call.signal)) {
      for (const message of parser.push(decoder.decode(chunk, { stream: true }))) {
        if (message.event === 'error') throw new ApiError(JSON.parse(message.data) as Problem);
        yield message;
      }
    }
  }

  /** The bytes of a response as they come; silence longer than `idleMs` and a cut count as unreachable. */
  async *chunks(
    response: Response,
    signal: AbortSignal | undefined,
    idleMs = IDLE_MS,
  ): AsyncGenerator<Uint8Array> {
    const reader = response.body?.getReader();
    if (reader === undefined) return;
    try {
      for (;;) {
        const { done, value } = await this.#read(reader, signal, idleMs);
        if (done) return;
        yield value;
      }
    } finally {
      await reader.cancel().catch(() => undefined);
    }
  }

  async #read(
    reader: ReadableStreamDefaultReader<Uint8Array>,
    signal: AbortSignal | undefined,
    idleMs: number,
  ): ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`silent for ${idleMs / 1000} s`)), idleMs);
    });
    try {
      return await Promise.race([reader.read(), silence]);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw new ServerUnreachable(this.url, whyUnreachable(error), error);
    } finally {
      clearTimeout(timer);
    }
  }

  async #once(path: string, call: Call): Promise<Response> {
    call.signal?.throwIfAborted();
    const late = new AbortController();
    const limit = call.timeoutMs ?? this.#timeoutMs;
    const timer = setTimeout(() => late.abort(new Error(`no answer within ${limit / 1000} s`)), limit);
    const signal = call.signal ? AbortSignal.any([late.signal, call.signal]) : late.signal;
    let response: Response;
    try {
      response = await this.#fetch(this.#address(path, call.query), this.#init(call, signal));
    } catch (error) {
      if (call.signal?.aborted) throw call.signal.reason;
      throw new ServerUnreachable(this.url, whyUnreachable(late.signal.reason ?? error), error);
    } finally {
      clearTimeout(timer);
    }
    if (response.ok || call.accept?.includes(response.status)) return response;
    throw await readProblem(response);
  }

  #init(call: Call, signal: AbortSignal): RequestInit {
    const body = call.json === undefined ? call.body : JSON.stringify(call.json);
    return {
      method: call.method ?? 'GET',
      headers: {
        ...(call.json !== undefined && { 'content-type': 'application/json' }),
        ...this.#headers,
        ...call.headers,
      },
      signal,
      ...(body !== undefined && { body: body as NonNullable<RequestInit['body']> }),
      // fetch demands it for a body that streams
      ...(body instanceof ReadableStream && { duplex: 'half' as const }),
    };
  }

  #address(path: string, query: Query = {}): string {
    const params = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      if (value === undefined) continue;
      for (const one of Array.isArray(value) ? value : [value]) params.append(name, String(one));
    }
    const text = params.toString();
    return this.url + path + (text === '' ? '' : `${path.includes('?') ? '&' : '?'}${text}`);
  }
}

/** fetch says only "fetch failed"; the reason is in its cause. */
function whyUnreachable(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = (cause as { code?: unknown } | null)?.code;
  const words: Record<string, string> = {
    ECONNREFUSED: 'the connection was refused',
    ENOTFOUND: 'the host name is not known',
    ECONNRESET: 'the connection was reset',
    EHOSTUNREACH: 'there is no route to the host',
    UND_ERR_SOCKET: 'the connection was closed',
  };
  if (typeof code === 'string') return words[code] ?? code;
  return cause instanceof Error ? cause.message : String(cause);
}
