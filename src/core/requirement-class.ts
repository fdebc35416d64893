import type { Requirements } from '../protocol/requirements.ts';
import type { Limits } from './limits.ts';

const GB = 1e9;
const VRAM_STEPS = [4, 8, 12, 16, 24, 32, 40, 48, 80, 96, 141, 192, 288].map((gb) => gb * GB);

/**
 * Jobs of one class need alike machines, so the dispatcher reads a few heads per class instead of the whole queue.
 * The key bounds the needs from above (next VRAM step, next power of two); exact needs are checked per job.
 */
export interface RequirementClass {
  readonly capabilities: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly region: string | null;
  readonly gpu: Requirements['gpu'];
  /** null in keys that an older version wrote */
  readonly limits: Limits | null;
}

export const moduleCapability = (module: string): string => `module:${module}`;

/** Jobs that were submitted alike share one object of requirements. */
const known = new WeakMap<Requirements, Limits & { readonly module: string; readonly key: string }>();

export function classOf(module: string, needs: Requirements, { tenant, concurrency }: Limits): string {
  const before = known.get(needs);
  const same = before?.module === module && before.tenant === tenant && before.concurrency === concurrency;
  if (same) return before.key;
  const key = classText(module, needs, { tenant, concurrency });
  known.set(needs, { module, tenant, concurrency, key });
  return key;
}

function classText(module: string, needs: Requirements, { tenant, concurrency }: Limits): string {
  return JSON.stringify([
    [moduleCapability(module), ...[...new Set(needs.capabilities)].sort()],
    Object.entries(needs.labels).sort(([a], [b]) => (a < b ? -1 : 1)),
    needs.region ?? null,
    needs.gpu,
    needs.gpu === 'none' ? 0 : needs.gpu_count,
    needs.gpu === 'none' ? 0 : nextStep(needs.vram_bytes),
    nextPowerOfTwo(needs.cpu),
    nextPowerOfTwo(needs.memory_bytes),
    concurrency === null ? [tenant] : [tenant, concurrency.key, concurrency.max],
  ]);
}

/** The part of a class key that no passing of time changes: a worker without these words never takes the job. */
export function parseClass(key: string): RequirementClass {
  const [capabilities, labels, region, gpu, , , , , limits] = JSON.parse(key) as ClassKey;
  return {
    capabilities,
    labels: Object.fromEntries(labels),
    region,
    gpu,
    limits: limits === undefined ? null : limitsOf(limits),
  };
}

type LimitKey = readonly [tenant: string] | readonly [tenant: string, key: string, max: number];
type ClassKey = readonly [
  capabilities: string[],
  labels: [string, string][],
  region: string | null,
  gpu: Requirements['gpu'],
  gpu_count: number,
  vram_bytes: number,
  cpu: number,
  memory_bytes: number,
  limits?: LimitKey,
];

function limitsOf([tenant, key, max]: LimitKey): Limits {
  return { tenant, concurrency: key === undefined || max === undefined ? null : { key, max } };
}

function nextStep(bytes: number): number {
  return bytes === 0 ? 0 : (VRAM_STEPS.find((step) => step >= bytes) ?? nextPowerOfTwo(bytes));
}

function nextPowerOfTwo(value: number): number {
  return value <= 0 ? 0 : 2 ** Math.ceil(Math.log2(value));
}
