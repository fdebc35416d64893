import { z } from 'zod';
import { defineManifest } from '../protocol/manifest.ts';
import type { SeededRandom } from './seeded-random.ts';

export const JobPlan = z.strictObject({
  /** what its code does, in the worker's milliseconds */
  ms: z.number().int(),
  ends: z.enum(['succeed', 'fail', 'oom', 'infra', 'hang']),
  /** the first attempts end so, later ones succeed */
  bad_attempts: z.number().int(),
  lines: z.number().int(),
  files: z.number().int(),
  /** checkpoints that its code saves on its way; without any it takes no notice of a drain */
  saves: z.number().int(),
  /** how long it ignores a request to stop */
  deaf_ms: z.number().int(),
  cpu: z.number().int(),
});
export type JobPlan = z.infer<typeof JobPlan>;

export const simModule = defineManifest<JobPlan>({
  name: 'sim',
  family: 'simulation',
  kind: 'exec',
  title: 'Simulated work',
  description: 'ends as its plan says',
  version: '1',
  input: JobPlan,
  output: z.unknown(),
  needs: (plan) => ({ cpu: plan.cpu, memory_bytes: 1000 }),
  example: { ms: 1, ends: 'succeed', bad_attempts: 0, lines: 0, files: 0, saves: 0, deaf_ms: 0, cpu: 1 },
});

export function drawPlan(random: SeededRandom, long: number): JobPlan {
  const ends = (['succeed', 'succeed', 'succeed', 'fail', 'oom', 'infra', 'hang'] as const)[
    random.whole(0, 6)
  ];
  return {
    ms: random.chance(long) ? random.whole(20_000, 120_000) : random.whole(5, 8000),
    ends: ends ?? 'succeed',
    bad_attempts: random.whole(1, 2),
    lines: random.whole(0, 6),
    files: random.whole(0, 2),
    saves: random.chance(0.5) ? random.whole(1, 4) : 0,
    deaf_ms: random.chance(0.3) ? random.whole(1000, 30_000) : random.whole(0, 300),
    cpu: random.whole(1, 2),
  };
}

/** Every attempt writes lines and files of its own, so that a mixed-up one shows. */
export const logLine = (nonce: string, line: number): string => `${nonce} ${line}\n`;
/** What a checkpoint holds: how far its code has come. */
export const savedText = (doneMs: number): string => JSON.stringify({ done_ms: doneMs });
export const readSaved = (text: string): number =>
  z.object({ done_ms: z.number() }).parse(JSON.parse(text)).done_ms;
export const fileText = (nonce: string, file: number): string => `${nonce} file ${file}`;
