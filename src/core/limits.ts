/** At most `max` jobs of a tenant that name this key run at once. */
export interface Concurrency {
  readonly key: string;
  readonly max: number;
}

/** What bounds how many jobs may run at once, whatever the workers have room for. */
export interface Limits {
  readonly tenant: string;
  readonly concurrency: Concurrency | null;
}

/** What a tenant may have at most; null is no bound. */
export interface Quota {
  readonly max_running: number | null;
  readonly max_waiting: number | null;
}

let lastTenant = '';
let lastLimit = 'tenant ';

/** Under which running attempts are counted. The jobs of a batch have one tenant, so the last answer is kept. */
export function tenantLimit(tenant: string): string {
  if (tenant !== lastTenant) {
    lastTenant = tenant;
    lastLimit = `tenant ${tenant}`;
  }
  return lastLimit;
}
export const concurrencyLimit = (tenant: string, key: string): string => `key ${tenant} ${key}`;

export const uniqueName = (tenant: string, key: string): string => `${tenant} ${key}`;
