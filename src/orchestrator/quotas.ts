import type { Quota } from '../protocol/records.ts';
import type { Deps } from './deps.ts';

const PAGE = 1000;

/** Every tenant that has one. */
export async function listQuotas(deps: Deps): Promise<Quota[]> {
  const quotas: Quota[] = [];
  for (let after: string | undefined; ; ) {
    const page = await deps.store.records.list('quota', { after, limit: PAGE });
    quotas.push(...page.records.map((record) => record.value));
    if (page.next === null) return quotas;
    after = page.next;
  }
}

export async function putQuota(deps: Deps, quota: Quota): Promise<Quota> {
  await deps.store.records.put('quota', quota.id, quota);
  return quota;
}

export async function removeQuota(deps: Deps, tenant: string): Promise<void> {
  await deps.store.records.remove('quota', tenant);
}
