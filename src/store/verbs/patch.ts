import { transition } from '../../core/transition.ts';
import type { Verbs } from '../verbs.ts';
import { saveChange } from './job-change.ts';

export const patchJobs: Verbs['patchJobs'] = (tables, [items], now) => {
  tables.fetchJobs(items.map((item) => item.id));
  return items.map(({ id, patch }) => {
    const job = tables.job(id);
    if (job === null) return 'not_found';
    const next = transition(job, { kind: 'patch', patch }, now);
    if (!next.ok) return 'already_ended';
    saveChange(tables, job, next.job, now);
    return next.job;
  });
};
