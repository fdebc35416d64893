import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** Kept-alive calls to one server, as a client that submits much makes them. */
export interface Http {
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body: unknown): Promise<T>;
  close(): void;
}

export interface Stats {
  readonly jobs: { readonly succeeded: number; readonly failed: number; readonly queued: number };
  readonly process: { readonly rss_bytes: number; readonly cpu_seconds: number };
}

export function openHttp(url: string): Http {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const call = <T>(method: string, path: string, body?: string): Promise<T> =>
    new Promise((resolve, reject) => {
      const headers =
        body === undefined
          ? {}
          : {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(body),
              prefer: 'return=minimal',
            };
      const sent = request(`${url}${path}`, { method, agent, headers }, (reply) => {
        const chunks: Buffer[] = [];
        reply.on('data', (chunk: Buffer) => chunks.push(chunk));
        reply.once('end', () => {
          const text = Buffer.concat(chunks).toString();
          if ((reply.statusCode ?? 500) < 300) resolve(JSON.parse(text) as T);
          else reject(new Error(`${method} ${path} was answered with ${reply.statusCode}: ${text}`));
        });
      });
      sent.once('error', reject).end(body);
    });
  return {
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, JSON.stringify(body)),
    close: () => agent.destroy(),
  };
}

export const readStats = (http: Http): Promise<Stats> => http.get('/v1/stats');

/** Submits `count` jobs in batches, several at once. */
export async function submitMany(
  http: Http,
  count: number,
  body: (index: number) => unknown,
  { batch = 500, atOnce = 4 } = {},
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const from = next;
      next += Math.min(batch, count - next);
      const jobs = Array.from({ length: next - from }, (_, index) => body(from + index));
      await http.post('/v1/jobs/batch', { jobs });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

/** Resolves when a worker of the server takes work. */
export async function workerOnline(http: Http): Promise<void> {
  for (;;) {
    const { data } = await http.get<{ data: { state: string }[] }>('/v1/workers');
    if (data.some(({ state }) => state === 'online')) return;
    await pause(50);
  }
}
