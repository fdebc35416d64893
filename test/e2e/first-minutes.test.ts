import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Job } from '../../src/protocol/job.ts';
import { type Product, startProduct, until } from './product.fixture.ts';

let product: Product;
beforeAll(async () => {
  product = await startProduct([]);
  await until('the local worker is there', async () =>
    (await product.client.workers.list()).some((worker) => worker.connected),
  );
});
afterAll(() => product.close());

const json = async (command: string, ...args: string[]) => {
  const { code, stdout, stderr } = await product.cli(command, '-o', 'json', ...args);
  return { code, stderr, value: JSON.parse(stdout) };
};

describe('a newcomer’s first minutes', () => {
  test('hive up brings a worker of its own; a table is made to measure, downloaded and intact', async () => {
    const { code, value } = await json(
      'submit',
      'text-to-3d',
      'prompt=a red table 120 cm wide with four legs',
      '--wait',
    );
    const job = value as Job;
    expect(code).toBe(0);
    expect(job).toMatchObject({ state: 'succeeded', engine: 'procedural' });
    const output = job.output as {
      bbox_m: number[];
      watertight: boolean;
      validator: { errors: number; warnings: number };
    };
    expect(Math.max(...output.bbox_m)).toBeCloseTo(1.2, 6);
    expect(output).toMatchObject({ watertight: true, validator: { errors: 0, warnings: 0 } });
    const dir = join(product.dir, 'models');
    expect((await product.cli('get', job.id, '-o', dir)).code).toBe(0);
    for (const artifact of job.artifacts) {
      expect(
        createHash('sha256')
          .update(readFileSync(join(dir, artifact.name)))
          .digest('hex'),
      ).toBe(artifact.sha256);
    }
    expect(readdirSync(dir).some((name) => name.endsWith('.glb'))).toBe(true);
  });

  test('the same prompt and seed give the same bytes, another seed of a tree others', async () => {
    const hashes = async (seed: number): Promise<string[]> => {
      const { value } = await json('submit', 'text-to-3d', 'prompt=a tree', `seed=${seed}`, '--wait');
      return (value as Job).artifacts.map((artifact) => `${artifact.name} ${artifact.sha256}`).sort();
    };
    const first = await hashes(1);
    expect(await hashes(1)).toEqual(first);
    expect(await hashes(2)).not.toEqual(first);
  });

  test('C13: what is not understood is refused by name: exit code 8, the words, the nearest known ones', async () => {
    const { code, value } = await json('submit', 'text-to-3d', 'prompt=a quantum flux tabel', '--wait');
    expect(code).toBe(8);
    expect(value).toMatchObject({
      state: 'failed',
      error: { code: 'unsupported_prompt', cause: 'user' },
      artifacts: [],
    });
    expect(JSON.stringify((value as Job).error)).toContain('flux');
    expect(JSON.stringify((value as Job).error)).toContain('table');
  });

  test('a command: its output is the log, its files are the artifacts', async () => {
    const { value } = await json(
      'submit',
      'exec',
      '--wait',
      '--',
      'sh',
      '-c',
      'echo to the log; echo 42 > $HIVE_OUT/answer.txt',
    );
    const job = value as Job;
    expect(job.artifacts.map((artifact) => artifact.name)).toEqual(['answer.txt']);
    expect((await product.cli('logs', job.id)).stdout).toContain('to the log');
  });

  test('a command that fails keeps what it left, and says how it failed', async () => {
    const { code, value } = await json(
      'submit',
      'exec',
      '--wait',
      '--',
      'sh',
      '-c',
      'echo half > $HIVE_OUT/half.txt; echo no >&2; exit 3',
    );
    expect(code).toBe(8);
    expect(value).toMatchObject({
      state: 'failed',
      error: { cause: 'user', code: 'exit_code' },
      artifacts: [{ name: 'half.txt' }],
    });
  });

  test('a file goes in with @ and comes back changed', async () => {
    const command = 'command=wc -c < "$HIVE_IN/in" > "$HIVE_OUT/size.txt"';
    const { value } = await json('submit', 'exec', `files.in=@${import.meta.filename}`, command, '--wait');
    expect((value as Job).state).toBe('succeeded');
    const dir = join(product.dir, 'sized');
    expect((await product.cli('get', (value as Job).id, 'size.txt', '-o', dir)).code).toBe(0);
    const size = Number(readFileSync(join(dir, 'size.txt'), 'utf8'));
    expect(size).toBe(readFileSync(import.meta.filename).length);
  });

  test('lists, one job, workers, status, explain, modules, version: data alone on stdout', async () => {
    const last = (await json('jobs')).value;
    expect(JSON.stringify(last)).toContain('job_');
    const commands: [string, ...string[]][] = [
      ['job', 'last'],
      ['workers'],
      ['status'],
      ['explain', 'last'],
      ['modules'],
      ['timeline', 'last'],
      ['version'],
    ];
    for (const args of commands) {
      const { code } = await json(...args);
      expect(code, args.join(' ')).toBe(0);
    }
  });

  test('a job no worker can run says so and says what would help', async () => {
    const { value } = await json('submit', 'test', '--capability', 'quantum');
    const why = await json('explain', (value as Job).id);
    expect(why.value).toMatchObject({ feasible_ever: 0, fix: 'hive worker --capabilities quantum' });
    expect((await product.cli('cancel', (value as Job).id)).code).toBe(0);
  });
});
