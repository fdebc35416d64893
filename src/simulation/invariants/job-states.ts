import { heldAttempt, type JobRecord } from '../../core/job.ts';
import type { JobState } from '../../protocol/job.ts';
import { isTerminal } from '../../protocol/job-state.ts';
import type { Invariant } from '../invariant.ts';

/** The diagram of ARCHITECTURE.md; staying in a state is no edge. */
const EDGES: Readonly<Record<JobState, readonly JobState[]>> = {
  blocked: ['queued', 'canceled', 'expired'],
  // To running only when a worker that was cut off is back with its attempt (C3).
  queued: ['starting', 'running', 'canceled', 'expired'],
  starting: ['running', 'queued', 'canceled', 'failed', 'succeeded', 'quarantined'],
  running: ['queued', 'succeeded', 'failed', 'canceled', 'quarantined'],
  succeeded: [],
  failed: [],
  canceled: [],
  expired: [],
  quarantined: [],
};

export const terminalStates: Invariant = {
  name: 'terminal states never change',
  watch: (_scene, fail) => ({
    change(before, after) {
      if (before === null || !isTerminal(before.status.state)) return;
      fail(`${after.id} was ${before.status.state} and was written again as ${after.status.state}`);
    },
  }),
};

export const stateDiagram: Invariant = {
  name: 'states follow the diagram',
  watch: (_scene, fail) => ({
    change(before, after) {
      const to = after.status.state;
      if (before === null) {
        // A parent that had already failed cancels at the submit.
        const orphaned = to === 'canceled' && after.status.reason.code === 'parent_failed';
        if (to !== 'queued' && to !== 'blocked' && !orphaned) fail(`${after.id} entered the store ${to}`);
        return;
      }
      const from = before.status.state;
      if (from === 'queued' && to === 'running' && before.adrift === null)
        fail(`${after.id} began to run without being placed`);
      if (from !== to && !EDGES[from].includes(to)) fail(`${after.id} went from ${from} to ${to}`);
    },
  }),
};

export const noLeaseAfterEnd: Invariant = {
  name: 'no live lease after the end',
  watch: ({ world }, fail) => ({
    change(_before, after) {
      if (!isTerminal(after.status.state)) return;
      if (heldAttempt(after) !== null) fail(`${after.id} is ${after.status.state} and holds a lease`);
      for (const job of world.store.tables.leasesUntil(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)) {
        if (job.id === after.id) fail(`${after.id} is ${after.status.state} and still indexed as held`);
      }
    },
  }),
};

/** C1: by one at each claim; a cancel before delivery raises it too; nothing else moves it, and no nonce comes twice. */
export const epochs: Invariant = {
  name: 'epochs rise at each claim and never fall',
  watch(_scene, fail) {
    const nonces = new Set<string>();
    const expected = (before: JobRecord, after: JobRecord): number => {
      const claimed = before.status.state === 'queued' && after.status.state === 'starting';
      const recalled = before.status.state === 'starting' && after.status.state === 'canceled';
      if (claimed) return before.epoch + 1;
      return recalled && after.epoch !== before.epoch ? before.epoch + 1 : before.epoch;
    };
    return {
      change(before, after) {
        if (before === null) return;
        if (after.epoch !== expected(before, after))
          fail(
            `${after.id} went from epoch ${before.epoch} to ${after.epoch} as it became ${after.status.state}`,
          );
        const attempt = heldAttempt(after);
        const last = heldAttempt(before) ?? before.adrift;
        if (attempt === null || last?.nonce === attempt.nonce) return;
        if (attempt.epoch !== after.epoch) fail(`${after.id} has an attempt of another epoch than its own`);
        if (nonces.has(attempt.nonce)) fail(`the nonce ${attempt.nonce} came twice`);
        nonces.add(attempt.nonce);
      },
    };
  },
};
