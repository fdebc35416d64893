import type { Invariant } from '../invariant.ts';
import { LED } from '../leader-model.ts';

/** §4: a paused ex-leader launches nothing. */
export const oneLeader: Invariant = {
  name: 'whoever lost a role writes nothing under it',
  watch({ world }, fail) {
    return {
      verb(seen) {
        if (seen.verb !== 'putRecord' || seen.answer.kind !== 'stored') return;
        const [kind, id, value] = seen.args;
        if (kind !== LED.kind || id !== LED.id) return;
        const { token } = (value as { value: { token: number } }).value;
        const holder = world.store.tables.role(LED.role);
        if (holder?.token !== token)
          fail(
            `${seen.actor.name} wrote under token ${token} while ${holder?.holder} holds ${holder?.token}`,
          );
      },
    };
  },
};
