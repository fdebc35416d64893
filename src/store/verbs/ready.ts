import type { JobRecord } from '../../core/job.ts';
import { admits, type ReadyJob, type WorkerShape } from '../../core/placement.ts';
import { parseClass, type RequirementClass } from '../../core/requirement-class.ts';
import type { ReadyClass } from '../tables.ts';
import type { Verbs } from '../verbs.ts';
import { roomUnder } from './limit.ts';

export const readReady: Verbs['readReady'] = (tables, [query]) => {
  const fitting: ReadyClass[] = [];
  for (const key of tables.readyClasses()) {
    const wanted = classOfKey(key);
    if (!query.shapes.some((shape: WorkerShape) => admits(shape, wanted))) continue;
    const room = wanted.limits === null ? query.per_class : roomUnder(tables, wanted.limits);
    if (room > 0) fitting.push({ key, most: Math.min(room, query.per_class) });
  }
  if (fitting.length === 0) return [];
  return tables.readyHeads(fitting, query.classes).map(readyJobOf);
};

function readyJobOf(job: JobRecord): ReadyJob {
  return {
    id: job.id,
    epoch: job.epoch,
    module: job.module,
    class_key: job.class_key,
    rank: job.rank,
    requirements: job.requirements,
    avoid: job.failed_on.length === 0 ? job.lost_workers : [...job.lost_workers, ...job.failed_on],
  };
}

const KEPT = 10_000;
const parsed = new Map<string, RequirementClass>();

/** The same few keys come at every pass. */
function classOfKey(key: string): RequirementClass {
  const known = parsed.get(key);
  if (known !== undefined) return known;
  if (parsed.size >= KEPT) parsed.clear();
  const wanted = parseClass(key);
  parsed.set(key, wanted);
  return wanted;
}
