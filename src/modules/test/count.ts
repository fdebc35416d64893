import { appendFile, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { ModuleContext } from '../module.ts';
import type { TestInput } from './manifest.ts';

const State = z.strictObject({ step: z.number().int(), sum: z.number().int() });
const TALLY = 'tally.txt';

export interface Count {
  readonly steps: number;
  readonly sum: number;
  /** The step that an earlier attempt had reached. */
  readonly from: number;
}

/** Adds up the seed's numbers, one a step; sum and tally depend on every step, so a lost or repeated one shows. */
export async function count(input: TestInput, context: ModuleContext): Promise<Count> {
  const { steps, step_ms, checkpoint_every } = input;
  const tally = join(context.files.work, TALLY);
  let { step, sum } = context.resume === null ? { step: 0, sum: 0 } : State.parse(context.resume.state);
  const from = step;
  if (context.resume !== null) await copyFile(context.resume.file(TALLY), tally);
  const random = context.random(input.seed);
  for (let past = 0; past < from; past++) random();
  while (step < steps) {
    if (step_ms > 0) await pause(step_ms, undefined, { signal: context.signal });
    else context.signal.throwIfAborted();
    step += 1;
    sum = (sum * 31 + Math.floor(random() * 2 ** 32)) % 2 ** 32;
    await appendFile(tally, `${step} ${sum}\n`);
    context.progress((99 * step) / steps, 'counting');
    if (step < steps && (context.draining.aborted || step % checkpoint_every === 0))
      await context.checkpoint({ state: { step, sum }, files: [TALLY] });
  }
  await copyFile(tally, join(context.files.out, TALLY));
  return { steps, sum, from };
}
