import { isTerminal } from '../../protocol/job-state.ts';
import type { Invariant } from '../invariant.ts';

/** Children wait for their parents, and end with those that fail. */
export const dependencies: Invariant = {
  name: 'no job is placed before its parents have ended as it wants, and none waits for an ended one',
  watch({ world }, fail) {
    const stateOf = (id: string) => world.store.tables.job(id as never)?.status.state;
    return {
      change(_before, after) {
        const { state } = after.status;
        for (const parent of after.depends_on) {
          const ended = stateOf(parent);
          if (ended === undefined) continue;
          const open = !isTerminal(ended);
          if (open && (state === 'queued' || state === 'starting' || state === 'running'))
            fail(`${after.id} is ${state} while ${parent}, which it depends on, is ${ended}`);
          const failed = !open && ended !== 'succeeded' && after.on_parent_failure === 'cancel';
          if (failed && !isTerminal(state))
            fail(`${after.id} is ${state} though its parent ${parent} is ${ended}`);
        }
        for (const parent of after.waits_for) {
          const ended = stateOf(parent);
          if (ended !== undefined && isTerminal(ended))
            fail(`${after.id} still waits for ${parent}, which is ${ended}`);
        }
      },
    };
  },
};
