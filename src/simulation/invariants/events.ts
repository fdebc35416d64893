import { TIMELINE_MAX } from '../../core/job.ts';
import type { JobId } from '../../protocol/ids.ts';
import { JobState } from '../../protocol/job.ts';
import type { Invariant } from '../invariant.ts';

export const eventLog: Invariant = {
  name: 'events have no hole and no repeat, and tell each timeline',
  watch({ world, known }, fail) {
    let last = 0;
    const states = new Map<JobId, JobState[]>();
    const touched = new Set<JobId>();
    const readOn = (): void => {
      const { log } = world.store.tables;
      if (log.last_seq === last) return;
      for (const event of log.read({ after: last, limit: 100_000 }).events) {
        if (event.seq !== last + 1) fail(`after event ${last} came ${event.seq}`);
        last = event.seq;
        if (event.job_id === undefined) continue;
        const list = states.get(event.job_id) ?? [];
        states.set(event.job_id, list);
        list.push(JobState.parse(event.state));
        touched.add(event.job_id);
      }
    };
    const compare = (id: JobId): void => {
      const told = (states.get(id) ?? []).slice(-TIMELINE_MAX).join(' ');
      const timeline = known
        .get(id)
        ?.timeline.map((point) => point.state)
        .join(' ');
      if (told !== timeline) fail(`${id}: events say ${told}, its timeline ${timeline}`);
    };
    return {
      step() {
        readOn();
        for (const id of touched) compare(id);
        touched.clear();
      },
      rewound() {
        last = 0;
        states.clear();
      },
      end() {
        for (const id of known.keys()) compare(id);
      },
    };
  },
};
