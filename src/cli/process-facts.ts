import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** The words a process was started with; null when it is gone or the system does not say. */
export async function commandLineOf(pid: number): Promise<readonly string[] | null> {
  try {
    const text = await readFile(`/proc/${pid}/cmdline`, 'utf8');
    return text === '' ? null : text.split('\0').slice(0, -1);
  } catch {
    return process.platform === 'linux' ? null : askPs(pid);
  }
}

async function askPs(pid: number): Promise<readonly string[] | null> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', 'args=', '-p', String(pid)]);
    return stdout.trim() === '' ? null : stdout.trim().split(' ');
  } catch {
    return null;
  }
}
