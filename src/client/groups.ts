import type { Group, GroupSubmitInput } from '../protocol/group.ts';
import type { SubmitOptions } from './jobs.ts';
import type { Transport } from './transport.ts';

/** Seconds that one call waits; the next one goes on. */
const HOLD = 30;

const pathOf = (id: string, rest = ''): string => `/v1/groups/${encodeURIComponent(id)}${rest}`;

/** Jobs that are submitted, watched and canceled as one. */
export class Groups {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** All of the jobs or none. */
  submit(body: GroupSubmitInput, { idempotencyKey, signal }: SubmitOptions = {}): Promise<Group> {
    const key = idempotencyKey ?? crypto.randomUUID();
    return this.#transport.json('/v1/groups', {
      method: 'POST',
      json: body,
      repeatable: true,
      signal,
      headers: { 'idempotency-key': key },
    });
  }

  get(id: string, signal?: AbortSignal): Promise<Group> {
    return this.#transport.json(pathOf(id), { signal });
  }

  /** The group when every job has ended; `onUpdate` hears how it stands now and then. */
  async wait(
    id: string,
    options: { readonly signal?: AbortSignal | undefined; onUpdate?(group: Group): void } = {},
  ): Promise<Group> {
    for (let seconds = 1; ; seconds = Math.min(HOLD, 2 * seconds)) {
      const path = pathOf(id, `?wait=${seconds}`);
      const group = await this.#transport.json<Group>(path, {
        signal: options.signal,
        timeoutMs: (seconds + 30) * 1000,
      });
      options.onUpdate?.(group);
      if (group.done) return group;
    }
  }

  cancel(id: string): Promise<{ readonly canceled: number; readonly group: Group }> {
    return this.#transport.json(pathOf(id, '/cancel'), { method: 'POST', repeatable: true });
  }
}
