import { arch, availableParallelism, cpus, hostname, platform, totalmem } from 'node:os';
import type { Hardware } from '../protocol/worker.ts';
import { type CgroupLimits, readCgroupLimits } from './platform/cgroup.ts';
import { readNvidiaGpus } from './platform/nvidia.ts';

/** What this process may use of its machine, as the system reports it. */
export async function measureHardware(limits: CgroupLimits = readCgroupLimits()): Promise<Hardware> {
  return {
    hostname: hostname(),
    platform: platform(),
    arch: arch(),
    cpu_model: cpus()[0]?.model.trim() || 'unknown',
    cpus: Math.max(0.1, round(Math.min(availableParallelism(), limits.cpus))),
    memory_bytes: Math.min(totalmem(), limits.memory_bytes),
    gpus: await readNvidiaGpus(),
  };
}

const round = (value: number): number => Math.floor(value * 100) / 100;
