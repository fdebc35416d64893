import { describe, expect, it } from 'vitest';
import { CATALOG } from '../modules/catalog.ts';
import type { Probe } from '../modules/module.ts';
import { WorkerOffer } from '../protocol/worker.ts';
import { chooseModules, makeOffer, tellFreeWords } from './offer.ts';
import { readCgroupLimits } from './platform/cgroup.ts';
import { parseGpus, readNvidiaGpus } from './platform/nvidia.ts';
import type { Sandbox } from './sandbox/sandbox.ts';

const names = (words: string[]): string[] =>
  chooseModules(CATALOG, words).entries.map((e) => e.manifest.name);

describe('capabilities', () => {
  it('that name a module or a family restrict the modules; others are labels', () => {
    expect(names(['test'])).toEqual(['test']);
    expect(names(['3d-generation', 'exec']).sort()).toEqual(['exec', 'text-to-3d']);
    expect(names(['fast-disk'])).toEqual(CATALOG.map((entry) => entry.manifest.name));
    expect(chooseModules(CATALOG, ['test', 'fast-disk']).words).toEqual(['fast-disk']);
  });

  it('that name nothing are told of at the start', () => {
    const lines: string[] = [];
    const words = ['test', 'nosuchthing', 'text-to-3b'];
    tellFreeWords(
      CATALOG,
      chooseModules(CATALOG, words),
      (level, line) => void lines.push(`${level} ${line}`),
    );
    expect(lines).toEqual([
      'warn "nosuchthing" names no module or family and is offered as a free label',
      expect.stringMatching(/^warn "text-to-3b" names no .* label; did you mean text-to-3d/),
    ]);
  });

  it('must be words', () => {
    expect(() => chooseModules(CATALOG, ['Not A Word'])).toThrow('capability "Not A Word" must be');
  });

  it('are offered by what can run, with the reason of what cannot', async () => {
    const answers: Record<string, Probe> = {
      test: { ok: false, reason: 'no luck', fix: 'hive pack add luck' },
      exec: { ok: true, engine: 'command' },
    };
    const sandbox = { probe: async (name: string) => answers[name] } as unknown as Sandbox;
    const config = { url: '', name: 'w', version: '1.0.0', slots: 3, stateDir: '', log: () => {} };
    const choice = chooseModules(CATALOG, ['test', 'exec', 'big']);
    const offer = WorkerOffer.parse(await makeOffer(config, choice, 'w', sandbox));
    expect(offer.capabilities).toEqual(['exec', 'big']);
    expect(offer.modules.find((module) => module.name === 'test')).toEqual({
      name: 'test',
      version: '1.0.0',
      engine: null,
      reason: 'no luck',
      fix: 'hive pack add luck',
    });
    expect(offer.hardware.cpus).toBeGreaterThan(0);
    expect(offer.hardware.memory_bytes).toBeGreaterThan(2 ** 20);
  });
});

describe('cgroup limits', () => {
  const reader = (files: Record<string, string>) => (path: string) => {
    const text = files[path];
    if (text === undefined) throw new Error('ENOENT');
    return text;
  };

  it('of version 2 are the tightest on the way to the root', () => {
    const limits = readCgroupLimits(
      reader({
        '/proc/self/cgroup': '0::/a/b\n',
        '/sys/fs/cgroup/a/cpu.max': '150000 100000\n',
        '/sys/fs/cgroup/a/b/cpu.max': 'max 100000\n',
        '/sys/fs/cgroup/a/b/memory.max': '1073741824\n',
        '/sys/fs/cgroup/a/memory.max': 'max\n',
      }),
    );
    expect(limits).toEqual({ cpus: 1.5, memory_bytes: 2 ** 30 });
  });

  it('of version 1 are read per controller; a container sees its own group as the root', () => {
    const limits = readCgroupLimits(
      reader({
        '/proc/self/cgroup': '4:memory:/docker/x\n3:cpu,cpuacct:/docker/x\n0::/\n',
        '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '50000',
        '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000',
        '/sys/fs/cgroup/memory/memory.limit_in_bytes': '536870912',
      }),
    );
    expect(limits).toEqual({ cpus: 0.5, memory_bytes: 2 ** 29 });
  });

  it('are infinite where there are none', () => {
    expect(readCgroupLimits(reader({})).cpus).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('GPUs', () => {
  it('are read from the driver’s own list, in bytes', () => {
    const text = 'NVIDIA H100 80GB HBM3, 81559, 81004\nTesla, T4 (x), 15360, 1\nBroken, [N/A], [N/A]\n';
    expect(parseGpus(text)).toEqual([
      { name: 'NVIDIA H100 80GB HBM3', vram_bytes: 81559 * 2 ** 20, vram_free_bytes: 81004 * 2 ** 20 },
      { name: 'Tesla, T4 (x)', vram_bytes: 15360 * 2 ** 20, vram_free_bytes: 2 ** 20 },
    ]);
  });

  it('are none where there is no driver', async () => {
    expect(await readNvidiaGpus('no-such-nvidia-smi')).toEqual([]);
  });
});
