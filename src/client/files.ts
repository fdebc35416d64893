import type { Artifact } from '../protocol/job.ts';
import type { Upload } from '../protocol/records.ts';
import type { Transport } from './transport.ts';

/** A file on its way down. */
export interface Download {
  readonly body: AsyncIterable<Uint8Array>;
  /** Where in the file the body begins: 0, or what was asked for when the server could. */
  readonly offset: number;
}

export interface DownloadOptions {
  /** First byte wanted. */
  readonly offset?: number;
  readonly signal?: AbortSignal | undefined;
}

export class Artifacts {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async list(jobId: string): Promise<Artifact[]> {
    const path = `/v1/jobs/${encodeURIComponent(jobId)}/artifacts`;
    return (await this.#transport.json<{ data: Artifact[] }>(path)).data;
  }

  async download(id: string, options: DownloadOptions = {}): Promise<Download> {
    const { offset = 0, signal } = options;
    const response = await this.#transport.request(`/v1/artifacts/${encodeURIComponent(id)}`, {
      headers: { accept: '*/*', ...(offset > 0 && { range: `bytes=${offset}-` }) },
      signal,
    });
    return {
      body: this.#transport.chunks(response, signal),
      offset: response.status === 206 ? offset : 0,
    };
  }
}

export interface UploadOptions {
  readonly name: string;
  readonly contentType?: string;
  readonly signal?: AbortSignal | undefined;
}

export class Uploads {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Sends the bytes and pins them for later jobs; large bodies as a Blob or a stream, never whole in memory. */
  create(
    body: Blob | Uint8Array | string | ReadableStream<Uint8Array>,
    options: UploadOptions,
  ): Promise<Upload> {
    return this.#transport.json('/v1/uploads', {
      method: 'POST',
      query: { name: options.name },
      body,
      headers: { 'content-type': options.contentType ?? 'application/octet-stream' },
      // the answer comes after the last byte, however long that takes
      timeoutMs: 2 ** 31 - 1,
      signal: options.signal,
    });
  }
}
