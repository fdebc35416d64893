import type { JobId } from '../../protocol/ids.ts';
import type { Invariant } from '../invariant.ts';
import type { Execution, World } from '../world.ts';

function runningNow(world: World, id: JobId): Execution[] {
  const now = world.time.now();
  return [...(world.executions.get(id) ?? [])].filter(
    ({ actor, excusedUntil }) => actor.pausedUntil <= now && excusedUntil <= now,
  );
}

export const oneExecution: Invariant = {
  name: 'no job runs twice at once',
  watch: ({ world, known, forgotten }, fail) => ({
    began(execution) {
      const until = forgotten.get(execution.ref.nonce);
      if (until !== undefined) execution.excusedUntil = until;
    },
    step() {
      for (const [id, set] of world.executions) {
        if (set.size < 2) continue;
        const running = runningNow(world, id);
        // It asked for it.
        if (running.length < 2 || known.get(id)?.on_partition === 'keep_running') continue;
        const who = running.map(({ ref, actor }) => `epoch ${ref.epoch} on ${actor.name}`).join(' and ');
        fail(`${id} runs as ${who}`);
      }
    },
  }),
};

/** C8: `canceled` without `unconfirmed` says that nothing of it runs. */
export const confirmedCancel: Invariant = {
  name: 'a confirmed cancel has no process',
  watch: ({ world, known }, fail) => ({
    step() {
      for (const [id, set] of world.executions) {
        const status = set.size === 0 ? undefined : known.get(id)?.status;
        if (status?.state !== 'canceled' || status.reason.code === 'unconfirmed') continue;
        for (const { actor } of runningNow(world, id)) fail(`${id} is canceled and runs on ${actor.name}`);
      }
    },
  }),
};
