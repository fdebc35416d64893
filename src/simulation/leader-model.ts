import { HiveError } from '../protocol/errors.ts';
import type { RoleToken, Store } from '../store/record-store.ts';
import type { Actor } from './virtual-time.ts';
import type { World } from './world.ts';

/** The record that only the holder of this role may write. */
export const LED = { role: 'leader', kind: 'setting', id: 'led' } as const;

const TTL_MS = 6000;
const EVERY_MS = 1000;

/** What every process that may lead does: it renews its role and, while it believes to hold it, writes under its token. */
export function lead(world: World, actor: Actor, store: Store): void {
  const turn = async (): Promise<void> => {
    const { held, token } = await store.jobs.holdRole(LED.role, actor.name, TTL_MS);
    if (held) await write(store, { name: LED.role, token });
  };
  const next = (): void => {
    world.time.after(EVERY_MS, actor, () => {
      turn()
        .catch((error: unknown) => {
          if (!(error instanceof HiveError) || error.code !== 'store_unavailable')
            world.watch.fail('leaders are answered', String(error));
        })
        .finally(next);
    });
  };
  next();
}

async function write(store: Store, role: RoleToken): Promise<void> {
  const value = { id: LED.id, value: { token: role.token } };
  await store.records.put(LED.kind, LED.id, value, undefined, role);
}
