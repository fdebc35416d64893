import type { JobState } from '../protocol/job.ts';
import { type EventOptions, type EventUpdate, followEvents } from './events.ts';
import { Artifacts, Uploads } from './files.ts';
import { Modules, Quotas, Workers } from './fleet.ts';
import { Groups } from './groups.ts';
import { Jobs } from './jobs.ts';
import { type Call, type ClientOptions, Transport } from './transport.ts';

export interface Stats {
  readonly jobs: Readonly<Record<JobState, number>>;
  readonly workers: Readonly<Record<string, number>>;
  readonly slots: { readonly total: number; readonly used: number };
  readonly uptime_seconds: number;
  /** Of the orchestrator's own process. */
  readonly process: { readonly rss_bytes: number; readonly cpu_seconds: number };
}

export interface Readiness {
  readonly ready: boolean;
  /** Each in words. */
  readonly problems: readonly string[];
}

export interface ServerVersion {
  readonly version: string;
  readonly [more: string]: unknown;
}

/** A Hive server, typed: `new HiveClient({ url }).jobs.submit({ module: 'exec', input: { … } })`. */
export class HiveClient {
  readonly url: string;
  readonly jobs: Jobs;
  readonly artifacts: Artifacts;
  readonly uploads: Uploads;
  readonly workers: Workers;
  readonly quotas: Quotas;
  readonly groups: Groups;
  readonly modules: Modules;
  readonly #transport: Transport;

  constructor(options: ClientOptions) {
    this.#transport = new Transport(options);
    this.url = this.#transport.url;
    this.jobs = new Jobs(this.#transport);
    this.artifacts = new Artifacts(this.#transport);
    this.uploads = new Uploads(this.#transport);
    this.workers = new Workers(this.#transport);
    this.quotas = new Quotas(this.#transport);
    this.groups = new Groups(this.#transport);
    this.modules = new Modules(this.#transport);
  }

  /** Everything that happens, from now or from a cursor on, without end. */
  events(options: EventOptions = {}): AsyncGenerator<EventUpdate> {
    return followEvents(this.#transport, options);
  }

  stats(): Promise<Stats> {
    return this.#transport.json('/v1/stats');
  }

  version(signal?: AbortSignal): Promise<ServerVersion> {
    return this.#transport.json('/version', { signal });
  }

  /** Whether the server can do its work; not ready is an answer here, not an error. */
  async readiness(): Promise<Readiness> {
    const response = await this.#transport.request('/readyz', { accept: [503], repeatable: false });
    const told = (await response.json().catch(() => ({}))) as { problems?: string[]; detail?: string };
    const problems = told.problems ?? (told.detail === undefined ? [] : [told.detail]);
    return { ready: response.ok, problems: response.ok ? [] : problems };
  }

  /** Any call, for what has no method here; the response is open and not yet read. */
  request(path: string, call: Call = {}): Promise<Response> {
    return this.#transport.request(path, call);
  }
}
