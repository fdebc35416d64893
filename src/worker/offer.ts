import type { CatalogEntry } from '../modules/catalog.ts';
import { nearest } from '../protocol/nearest.ts';
import { Capability } from '../protocol/requirements.ts';
import type { WorkerModule, WorkerOffer } from '../protocol/worker.ts';
import { DEFAULTS, type WorkerConfig } from './config.ts';
import { measureHardware } from './hardware.ts';
import type { Log } from './log.ts';
import type { Sandbox } from './sandbox/sandbox.ts';

/** The words a worker was started with, split into what restricts its modules and what it only offers. */
export interface Choice {
  readonly entries: readonly CatalogEntry[];
  readonly words: readonly string[];
}

export function chooseModules(catalog: readonly CatalogEntry[], capabilities: readonly string[]): Choice {
  const names = ({ manifest }: CatalogEntry): string[] => [manifest.name, manifest.family];
  for (const word of capabilities) {
    const checked = Capability.safeParse(word);
    if (!checked.success) throw new Error(`capability "${word}" ${checked.error.issues[0]?.message}`);
  }
  const chosen = catalog.filter((entry) => names(entry).some((name) => capabilities.includes(name)));
  const known = new Set(catalog.flatMap(names));
  return {
    entries: chosen.length > 0 ? chosen : catalog,
    words: capabilities.filter((word) => !known.has(word)),
  };
}

/** A misspelt module would silently limit nothing, so each word that names none is told of. */
export function tellFreeWords(catalog: readonly CatalogEntry[], choice: Choice, log: Log): void {
  const known = catalog.flatMap(({ manifest }) => [manifest.name, manifest.family]);
  for (const word of choice.words) {
    const near = nearest(word, known);
    const guess = near.length > 0 ? `; did you mean ${near.join(' or ')}?` : '';
    log('warn', `"${word}" names no module or family and is offered as a free label${guess}`);
  }
}

/** Asks the machine and every module what they can do. */
export async function makeOffer(
  config: WorkerConfig,
  choice: Choice,
  name: string,
  sandbox: Sandbox,
): Promise<WorkerOffer> {
  const hardware = await measureHardware();
  const modules: WorkerModule[] = [];
  const families: string[] = [];
  for (const { manifest } of choice.entries) {
    const probe = await sandbox.probe(manifest.name, DEFAULTS.probeMs);
    const { version } = manifest;
    if (probe.ok) families.push(manifest.family);
    modules.push(
      probe.ok
        ? { name: manifest.name, version, engine: probe.engine }
        : {
            name: manifest.name,
            version,
            engine: null,
            reason: probe.reason,
            ...(probe.fix !== undefined && { fix: probe.fix }),
          },
    );
  }
  return {
    name,
    version: config.version,
    pid: process.pid,
    slots: config.slots,
    prefetch: config.prefetch ?? DEFAULTS.prefetch,
    capabilities: [...new Set([...families, ...choice.words])],
    modules,
    labels: { ...config.labels },
    ...(config.region !== undefined && { region: config.region }),
    hardware,
  };
}
