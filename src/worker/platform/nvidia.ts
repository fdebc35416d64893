import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Gpu } from '../../protocol/worker.ts';

const QUERY = ['--query-gpu=name,memory.total,memory.free', '--format=csv,noheader,nounits'];
const MIB = 2 ** 20;

/** The GPUs that NVIDIA's driver reports; none when there is no driver or it does not answer. */
export async function readNvidiaGpus(program = 'nvidia-smi'): Promise<Gpu[]> {
  try {
    const { stdout } = await promisify(execFile)(program, QUERY, { timeout: 5000, killSignal: 'SIGKILL' });
    return parseGpus(stdout);
  } catch {
    return [];
  }
}

/** `NVIDIA H100 80GB HBM3, 81559, 81004`: MiB. A card that states no memory (`[N/A]`) cannot be placed on. */
export function parseGpus(text: string): Gpu[] {
  return text.split('\n').flatMap((line) => {
    const [, name, total, free] = /^(.+),\s*(\d+),\s*(\d+)\s*$/.exec(line) ?? [];
    if (name === undefined) return [];
    return [{ name: name.trim(), vram_bytes: Number(total) * MIB, vram_free_bytes: Number(free) * MIB }];
  });
}
