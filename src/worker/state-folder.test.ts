import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readBootId, readProcess, readProcesses } from '../modules/exec/process-table.ts';
import { makeId } from '../protocol/ids.ts';
import { clearLeftovers } from './leftovers.ts';
import { ProcessRegister } from './process-register.ts';
import { claimStateFolder } from './state-folder.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hive-state-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const lockOf = (pid: number, started: string, boot = readBootId()): string =>
  JSON.stringify({ pid, started, boot });
const alive = (pid: number): boolean => readProcess(pid)?.zombie === false;

describe('the state folder', () => {
  it('belongs to one live process; the next one gets a number', async () => {
    const path = join(root, 'w');
    const first = await claimStateFolder(path);
    const second = await claimStateFolder(path);
    expect([first.number, second.number]).toEqual([1, 2]);
    expect(second.path).toBe(`${path}-2`);
    await first.release();
    expect((await claimStateFolder(path)).number).toBe(1);
  });

  it.each([
    ['a dead process', () => lockOf(2 ** 22 - 3, '1')],
    ['a re-used pid', () => lockOf(process.pid, '1')],
    ['the time before a boot', () => lockOf(process.pid, readProcess(process.pid)?.started ?? '', 'before')],
    ['nobody, being half a file', () => '{"pid":'],
  ])('is taken over from %s', async (_, lock) => {
    await mkdir(join(root, 'w'));
    await writeFile(join(root, 'w', 'lock.json'), lock());
    expect((await claimStateFolder(join(root, 'w'))).number).toBe(1);
    const left = await readdir(join(root, 'w'));
    expect(left.filter((name) => name.startsWith('lock.json.'))).toEqual([]);
  });

  it('goes to one of many that find it stale at once', { repeats: 20 }, async () => {
    await rm(root, { recursive: true, force: true });
    await mkdir(root);
    await mkdir(join(root, 'w'));
    await writeFile(join(root, 'w', 'lock.json'), lockOf(2 ** 22 - 3, '1'));
    const claimed = await Promise.all([1, 2, 3, 4].map(() => claimStateFolder(join(root, 'w'))));
    expect(claimed.map((folder) => folder.number).sort()).toEqual([1, 2, 3, 4]);
  });

  it('remembers the worker id', async () => {
    const folder = await claimStateFolder(join(root, 'w'));
    expect(await folder.workerId()).toBeUndefined();
    const id = makeId('wrk', 0, new Uint8Array(10));
    await folder.rememberId(id);
    await folder.release();
    expect(await (await claimStateFolder(join(root, 'w'))).workerId()).toBe(id);
  });
});

describe.runIf(process.platform === 'linux')('what a dead worker left', () => {
  it('is killed by its group, by its mark, and removed; a re-used pid is spared', async () => {
    const state = await claimStateFolder(join(root, 'w'));
    const attempt = `${makeId('job', 0, new Uint8Array(10))}#3`;
    const start = (command: string, env: Record<string, string> = {}) =>
      spawn('/bin/sh', ['-c', command], { detached: true, env, stdio: ['ignore', 'pipe', 'ignore'] });
    const group = start('sleep 600 & echo up; wait');
    const marked = start('echo up; sleep 600', { HIVE_ATTEMPT: attempt });
    const stranger = start('echo up; sleep 600');
    await Promise.all([group, marked, stranger].map((child) => once(child.stdout, 'data')));
    const pids = [group, marked, stranger].map((child) => child.pid ?? 0) as [number, number, number];
    const [groupPid, markedPid, strangerPid] = pids;
    new ProcessRegister(state.processes).note(groupPid, true);
    await writeFile(join(state.processes, `${strangerPid}.json`), lockOf(strangerPid, '17'));
    await mkdir(join(state.attempts, `${attempt.replace('#', '.')}.01234567`, 'out'), { recursive: true });

    await clearLeftovers(state, new ProcessRegister(state.processes), () => {});

    expect(readProcesses().filter((row) => row.group === groupPid && !row.zombie)).toEqual([]);
    expect([alive(groupPid), alive(markedPid), alive(strangerPid)]).toEqual([false, false, true]);
    expect(await readdir(state.attempts)).toEqual([]);
    expect(await readdir(state.processes)).toEqual([]);
    process.kill(-strangerPid, 'SIGKILL');
  });
});
