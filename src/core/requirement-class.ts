import type { Requirements } from '../protocol/requirements.ts';

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
}

export const moduleCapability = (module: string): string => `module:${module}`;

/** Jobs that were submitted alike share one object of requirements. */
const known = new WeakMap<Requirements, { readonly module: string; readonly key: string }>();

export function classOf(module: string, needs: Requirements): string {
  const before = known.get(needs);
  if (before?.module === module) return before.key;
  const key = classText(module, needs);
  known.set(needs, { module, key });
  return key;
}

function classText(module: string, needs: Requirements): string {
  return JSON.stringify([
    [moduleCapability(module), ...[...new Set(needs.capabilities)].sort()],
    Object.entries(needs.labels).sort(([a], [b]) => (a < b ? -1 : 1)),
    needs.region ?? null,
    needs.gpu,
    needs.gpu === 'none' ? 0 : needs.gpu_count,
    needs.gpu === 'none' ? 0 : nextStep(needs.vram_bytes),
    nextPowerOfTwo(needs.cpu),
    nextPowerOfTwo(needs.memory_bytes),
  ]);
}

/** The part of a class key that no passing of time changes: a worker without these words never takes the job. */
export function parseClass(key: string): RequirementClass {
  const [capabilities, labels, region, gpu] = JSON.parse(key) as [
    string[],
    [string, string][],
    string | null,
    Requirements['gpu'],
  ];
  return { capabilities, labels: Object.fromEntries(labels), region, gpu };
}

function nextStep(bytes: number): number {
  return bytes === 0 ? 0 : (VRAM_STEPS.find((step) => step >= bytes) ?? nextPowerOfTwo(bytes));
}

function nextPowerOfTwo(value: number): number {
  return value <= 0 ? 0 : 2 ** Math.ceil(Math.log2(value));
}
