import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { type Bench, processesOf, setUp } from '../../test/worker/bench.ts';
import { readProcess } from '../modules/exec/process-table.ts';

let bench: Bench;
afterEach(() => bench.dispose());

const PROGRAM = `
const { runWorker } = await import(process.argv[1]);
await runWorker({ url: process.argv[2], stateDir: process.argv[3], name: 'doomed', version: '0.0.1', slots: 2,
  capabilities: ['test', 'exec'], log: () => {} });`;

describe.runIf(process.platform === 'linux')('kill -9 of the worker', () => {
  it('ends its sandboxes and their programs, and the next worker comes back under the same id', async () => {
    bench = await setUp();
    const { server, stateDir } = bench;
    const entry = fileURLToPath(new URL('./worker-main.ts', import.meta.url));
    const args = ['--import', 'tsx', '--input-type=module', '-e', PROGRAM, entry, server.url, stateDir];
    const child = spawn(process.execPath, args, { stdio: 'inherit' });
    await server.frame('hello');
    const exec = await server.whenConnected(() =>
      server.assign('exec', { command: 'echo on; setsid sleep 600 & trap "" TERM; sleep 600; sleep 600' }),
    );
    // Deaf: it computes and never looks at its channel.
    const busy = server.assign('test', { busy_ms: 600_000 });
    while (!server.log(exec).includes('on')) await server.changed();
    await server.started(busy);
    const sandboxes = await registered(stateDir);
    expect(sandboxes.length).toBeGreaterThanOrEqual(3);
    expect(processesOf(exec).length).toBeGreaterThanOrEqual(2);

    child.kill('SIGKILL');

    const left = (): number[] => [
      ...processesOf(exec),
      ...sandboxes.filter((pid) => readProcess(pid)?.zombie === false),
    ];
    await expect.poll(left, { timeout: 3000, interval: 50 }).toEqual([]);
    expect((await readdir(join(stateDir, 'attempts'))).length).toBe(2);
    const worker = await bench.start();
    expect(worker.stateDir).toBe(stateDir);
    expect(worker.workerId()).toBe(server.workerId);
    const hello = server.frames.findLast((frame) => frame.type === 'hello');
    expect(hello).toMatchObject({ worker_id: server.workerId, live: [] });
    expect(await readdir(join(stateDir, 'attempts'))).toEqual([]);
  });
});

async function registered(stateDir: string): Promise<number[]> {
  const folder = join(stateDir, 'processes');
  const names = await readdir(folder);
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.map((text) => (JSON.parse(text) as { pid: number }).pid);
}
