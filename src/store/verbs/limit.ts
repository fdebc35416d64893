import type { JobRecord } from '../../core/job.ts';
import { concurrencyLimit, type Limits, tenantLimit } from '../../core/limits.ts';
import type { Reason } from '../../protocol/job.ts';
import type { Tables } from '../tables.ts';

/** How many attempts more the limits allow now. */
export function roomUnder(tables: Tables, { tenant, concurrency }: Limits): number {
  const quota = tables.quota(tenant)?.max_running ?? null;
  const ofTenant = quota === null ? Number.POSITIVE_INFINITY : quota - tables.heldUnder(tenantLimit(tenant));
  if (concurrency === null) return ofTenant;
  const ofKey = concurrency.max - tables.heldUnder(concurrencyLimit(tenant, concurrency.key));
  return Math.min(ofTenant, ofKey);
}

/** The limit that keeps a queued job waiting now, if one does. */
export function limitOn(tables: Tables, job: JobRecord): Reason | null {
  if (job.status.state !== 'queued') return null;
  const { tenant, concurrency } = job;
  const quota = tables.quota(tenant)?.max_running ?? null;
  const running = tables.heldUnder(tenantLimit(tenant));
  if (quota !== null && running >= quota) {
    return { code: 'quota', message: `${running} jobs of tenant ${tenant} run, its quota is ${quota}` };
  }
  if (concurrency === null) return null;
  const { key, max } = concurrency;
  const same = tables.heldUnder(concurrencyLimit(tenant, key));
  if (same < max) return null;
  return {
    code: 'concurrency',
    message: `${same} jobs with the concurrency key ${key} run, at most ${max} may`,
  };
}
