import type { Quota } from '../protocol/records.ts';
import type { Requirements } from '../protocol/requirements.ts';
import type { Worker, WorkerPatch } from '../protocol/worker.ts';
import type { Transport } from './transport.ts';

export class Workers {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async list(): Promise<Worker[]> {
    return (await this.#transport.json<{ data: Worker[] }>('/v1/workers')).data;
  }

  get(id: string): Promise<Worker> {
    return this.#transport.json(`/v1/workers/${encodeURIComponent(id)}`);
  }

  /** `draining` takes no new work, and with a deadline what runs saves a checkpoint and leaves; `online` resumes. */
  patch(id: string, patch: WorkerPatch): Promise<Worker> {
    const path = `/v1/workers/${encodeURIComponent(id)}`;
    return this.#transport.json(path, { method: 'PATCH', json: patch, repeatable: true });
  }
}

export class Quotas {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async list(): Promise<Quota[]> {
    return (await this.#transport.json<{ data: Quota[] }>('/v1/quotas')).data;
  }

  /** What is left out has no bound. */
  put(tenant: string, bounds: Partial<Omit<Quota, 'id'>>): Promise<Quota> {
    const path = `/v1/quotas/${encodeURIComponent(tenant)}`;
    return this.#transport.json(path, { method: 'PUT', json: bounds, repeatable: true });
  }

  async remove(tenant: string): Promise<void> {
    await this.#transport.request(`/v1/quotas/${encodeURIComponent(tenant)}`, {
      method: 'DELETE',
      repeatable: true,
    });
  }
}

/** A module as the server describes it; `input` and `output` are JSON Schemas. */
export interface ModuleInfo {
  readonly name: string;
  readonly family: string;
  readonly kind: string;
  readonly title: string;
  readonly description: string;
  readonly version: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly output: Readonly<Record<string, unknown>>;
  /** An input that runs anywhere in seconds. */
  readonly example: unknown;
  /** Of the example. */
  readonly needs: Requirements;
}

export class Modules {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async list(): Promise<ModuleInfo[]> {
    return (await this.#transport.json<{ data: ModuleInfo[] }>('/v1/modules')).data;
  }

  get(name: string): Promise<ModuleInfo> {
    return this.#transport.json(`/v1/modules/${encodeURIComponent(name)}`);
  }
}
