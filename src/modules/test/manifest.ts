import { z } from 'zod';
import { ArtifactName } from '../../protocol/job.ts';
import { defineManifest } from '../../protocol/manifest.ts';

export const TestInput = z.strictObject({
  echo: z.json().default(null).describe('comes back as the output'),
  sleep_ms: z.number().int().min(0).max(86_400_000).default(0).describe('waits this long, with progress'),
  busy_ms: z
    .number()
    .int()
    .min(0)
    .max(86_400_000)
    .default(0)
    .describe('computes this long without ever yielding, deaf to cancel'),
  steps: z
    .number()
    .int()
    .min(0)
    .max(1_000_000)
    .default(0)
    .describe('counts so many steps, saving checkpoints: what was begun elsewhere goes on where it stood'),
  step_ms: z.number().int().min(0).max(60_000).default(100).describe('how long a step takes'),
  checkpoint_every: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(10)
    .describe('steps between two checkpoints'),
  fail: z
    .enum(['user', 'crash', 'exit', 'oom'])
    .optional()
    .describe('ends with a module error, a thrown bug, a process exit, or by using up its memory'),
  log_lines: z.number().int().min(0).max(1_000_000).default(0),
  artifacts: z
    .array(
      z.strictObject({
        name: ArtifactName,
        size: z
          .number()
          .int()
          .min(0)
          .max(2 ** 34),
      }),
    )
    .max(1000)
    .default([])
    .describe('files to write, their bytes drawn from the seed'),
  seed: z
    .number()
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .default(0),
});
export type TestInput = z.infer<typeof TestInput>;

const MOST_LIGHT = 1000;

/** A plain echo of little: nothing to wait for, to compute, to log, to write or to fail. */
export function isLight(given: unknown): boolean {
  if (typeof given !== 'object' || given === null) return false;
  const { echo, sleep_ms, busy_ms, steps, fail, log_lines, artifacts } = given as Partial<TestInput>;
  const small = echo === null || typeof echo === 'number' || typeof echo === 'boolean';
  return (
    (small || (typeof echo === 'string' && echo.length <= MOST_LIGHT)) &&
    sleep_ms === 0 &&
    busy_ms === 0 &&
    (steps ?? 0) === 0 &&
    fail === undefined &&
    log_lines === 0 &&
    Array.isArray(artifacts) &&
    artifacts.length === 0
  );
}

export const TestOutput = z.strictObject({
  echo: z.json(),
  artifacts: z.array(z.string()),
  count: z
    .strictObject({ steps: z.number().int(), sum: z.number().int() })
    .optional()
    .describe('what counting came to; the same however often it was broken off'),
});
export type TestOutput = z.infer<typeof TestOutput>;

const LIGHT = { cpu: 0, memory_bytes: 0, capabilities: ['test'] };
const HEAVY = { cpu: 0.1, memory_bytes: 32 * 2 ** 20, capabilities: ['test'] };

export const manifest = defineManifest<TestInput>({
  name: 'test',
  family: 'test',
  kind: 'exec',
  title: 'Test',
  description:
    'Echoes its input; on request it waits, counts, logs, writes files or fails. For checks of an installation.',
  version: '1.0.0',
  input: TestInput,
  output: TestOutput,
  needs: (input) => (isLight(input) ? LIGHT : HEAVY),
  example: {
    echo: 'hello',
    sleep_ms: 20,
    busy_ms: 0,
    steps: 0,
    step_ms: 100,
    checkpoint_every: 10,
    log_lines: 2,
    artifacts: [{ name: 'noise.bin', size: 1024 }],
    seed: 7,
  },
});
