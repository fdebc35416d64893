import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const MIB = 2 ** 20;

/** A small file system of its own that can be made full for real. */
export interface Disk {
  readonly path: string;
  /** Writes until nothing fits any more; may be called again, for what became free meanwhile. */
  fill(): void;
  free(): void;
  unmount(): void;
}

/** Null with the reason where this process may not mount: then the folder is an ordinary one, which is never full. */
export function mountDisk(
  path: string,
  size_mib: number,
): { readonly disk: Disk | null; readonly why: string } {
  mkdirSync(path, { recursive: true });
  const words = ['-t', 'tmpfs', '-o', `size=${size_mib}m`, 'hive-chaos', path];
  const mounted = spawnSync('mount', words, { encoding: 'utf8' });
  if (mounted.status !== 0) {
    const why = mounted.error?.message ?? mounted.stderr.trim();
    return { disk: null, why: `a disk of its own cannot be mounted here: ${why}` };
  }
  const ballast = join(path, 'ballast');
  return {
    why: '',
    disk: {
      path,
      fill: () => fill(ballast),
      free: () => rmSync(ballast, { force: true }),
      unmount: () => void spawnSync('umount', ['--lazy', path]),
    },
  };
}

/** Large pieces first, then pages, so that not a page is left. */
function fill(file: string): void {
  const handle = openSync(file, 'a');
  try {
    for (const size of [16 * MIB, MIB, 4096]) {
      const piece = Buffer.alloc(size);
      while (fits(handle, piece));
    }
  } finally {
    closeSync(handle);
  }
}

function fits(handle: number, piece: Buffer): boolean {
  try {
    return writeSync(handle, piece) === piece.length;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false;
    throw error;
  }
}
