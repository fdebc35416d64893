import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { defineModule, type ModuleContext, ModuleError } from '../module.ts';
import { count } from './count.ts';
import { manifest, type TestInput, type TestOutput } from './manifest.ts';

const STEP_MS = 100;
const CHUNK = 64 * 2 ** 10;

export const module = defineModule<TestInput, TestOutput>({
  manifest,
  probe: async () => ({ ok: true, engine: 'echo' }),
  async run(input, context) {
    const began_unix_ms = performance.timeOrigin + performance.now();
    context.signal.throwIfAborted();
    for (let line = 1; line <= input.log_lines; line++) context.log(`line ${line} of ${input.log_lines}`);
    const counted = input.steps > 0 ? await count(input, context) : null;
    await wait(input.sleep_ms, context);
    compute(input.busy_ms);
    if (input.fail !== undefined) fail(input.fail);
    const random = context.random(input.seed);
    for (const { name, size } of input.artifacts) {
      await writeNoise(join(context.files.out, name), size, random, context.signal);
    }
    context.progress(100, 'done');
    const artifacts = input.artifacts.map(({ name }) => name);
    const metrics = {
      slept_ms: input.sleep_ms,
      began_unix_ms,
      ...(counted !== null && { resumed_at_step: counted.from }),
    };
    const output: TestOutput = { echo: input.echo, artifacts };
    if (counted !== null) output.count = { steps: counted.steps, sum: counted.sum };
    return { engine: 'echo', output, metrics };
  },
});

async function wait(ms: number, context: ModuleContext): Promise<void> {
  const began = performance.now();
  for (let left = ms; left > 0; left = ms - (performance.now() - began)) {
    await pause(Math.min(left, STEP_MS), undefined, { signal: context.signal });
    context.progress(Math.min(99, (100 * (performance.now() - began)) / ms), 'sleeping');
  }
}

function compute(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

function fail(how: NonNullable<TestInput['fail']>): void {
  if (how === 'user') {
    throw new ModuleError('test_failed', 'the input asked for a failure', {
      hint: 'leave out `fail`',
      details: { fail: how },
    });
  }
  if (how === 'crash') throw new Error('the input asked for a crash');
  if (how === 'exit') process.exit(3);
  const hoard: number[][] = [];
  // Few large pieces: the collector gives up sooner than over many small ones.
  for (;;) hoard.push(new Array<number>(4_000_000).fill(hoard.length));
}

async function writeNoise(
  path: string,
  size: number,
  random: () => number,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  function* chunks(): Generator<Buffer> {
    for (let left = size; left > 0; left -= CHUNK) {
      const chunk = Buffer.alloc(Math.min(left, CHUNK));
      for (let at = 0; at < chunk.length; at++) chunk[at] = random() * 256;
      yield chunk;
    }
  }
  await pipeline(Readable.from(chunks()), createWriteStream(path), { signal });
}
