import type { JobRecord } from '../../core/job.ts';
import { rankOf } from '../../core/rank.ts';
import type { JobId } from '../../protocol/ids.ts';
import type { Invariant } from '../invariant.ts';
import type { Actor } from '../virtual-time.ts';

export const rankFormula: Invariant = {
  name: 'rank is eligible_at less priority',
  watch: (_scene, fail) => ({
    change(_before, after) {
      if (after.rank !== rankOf(after.eligible_at, after.priority, after.strict))
        fail(`${after.id} has rank ${after.rank}`);
    },
  }),
};

const KEEPS_PLACE = ['retry_infra', 'undelivered', 'preempted'];

export const keptPlace: Invariant = {
  name: 'lost, preempted and undelivered jobs keep their place',
  watch: (_scene, fail) => ({
    change(before, after) {
      if (before === null || after.status.state !== 'queued' || before.status.state === 'queued') return;
      const { code } = after.status.reason;
      if (KEEPS_PLACE.includes(code) && after.eligible_at !== before.eligible_at)
        fail(
          `${after.id} came back (${code}) with ${after.eligible_at - before.eligible_at} ms added to its wait`,
        );
    },
  }),
};

const isReady = (job: JobRecord | undefined): boolean =>
  job?.status.state === 'queued' && job.wake_at === null;

/** From which the bound on waiting follows: nothing of a class starts before what of that class ranks better. */
export const waitBound: Invariant = {
  name: 'no job starts before a better ranked one of its class',
  watch({ known }, fail) {
    const read = new Map<Actor, Map<JobId, JobRecord>>();
    return {
      verb(seen) {
        if (seen.verb === 'readReady') {
          read.set(seen.actor, new Map([...known].filter(([, job]) => isReady(job))));
          return;
        }
        if (seen.verb !== 'commitPlacements') return;
        const planned = new Set(seen.args[0].map((item) => item.job_id));
        for (const [index, item] of seen.args[0].entries()) {
          const job = known.get(item.job_id);
          const asRead = read.get(seen.actor)?.get(item.job_id);
          if (seen.answer[index]?.kind !== 'placed' || job === undefined || asRead === undefined) continue;
          for (const [id, then] of read.get(seen.actor) ?? []) {
            const other = known.get(id);
            if (planned.has(id) || other === undefined || !isReady(other)) continue;
            const better = other.rank < job.rank && then.rank < asRead.rank;
            if (better && other.class_key === job.class_key && then.class_key === job.class_key)
              fail(`${job.id} was placed before ${id}, which ranks ${job.rank - other.rank} better`);
          }
        }
      },
    };
  },
};
