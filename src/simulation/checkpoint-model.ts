import { HiveError } from '../protocol/errors.ts';
import { sha256Of } from './blob-model.ts';
import { readSaved, savedText } from './job-plan.ts';
import { persist, type RunContext } from './run-context.ts';
import type { SimAttempt } from './sim-attempt.ts';

const NAME = 'saved.json';

/** Reads how far the attempt before had come. */
export async function stageResume(context: RunContext, attempt: SimAttempt): Promise<void> {
  if (attempt.resume === undefined) return;
  await persist(context, attempt, async () => {
    attempt.from_ms = Math.min(attempt.plan.ms, readSaved(await context.read(attempt, NAME)));
  });
}

/** Saves as often as the plan says, and at once when it is asked to leave; then it leaves. */
export function saveOnTheWay(context: RunContext, attempt: SimAttempt, over: () => boolean): void {
  const { plan } = attempt;
  if (plan.saves === 0) return;
  const began = context.now();
  let saving = false;
  const save = async (): Promise<void> => {
    if (saving || over() || attempt.stopped !== null) return;
    saving = true;
    try {
      await saveOnce(context, attempt, attempt.from_ms + context.now() - began);
      if (attempt.leaving) attempt.stop('preempt');
    } catch (error) {
      if (error instanceof HiveError && error.code === 'lease_lost') attempt.stop('abandon');
    }
    saving = false;
    if (attempt.leaving) void save();
  };
  const step = plan.ms / (plan.saves + 1);
  for (let at = step; at < plan.ms; at += step)
    if (at > attempt.from_ms) context.after(at - attempt.from_ms, () => void save());
  attempt.onDrain(() => void save());
}

async function saveOnce(context: RunContext, attempt: SimAttempt, doneMs: number): Promise<void> {
  const seq = ++attempt.seq;
  const bytes = Buffer.from(savedText(doneMs));
  await persist(context, attempt, () => context.save(attempt, seq, NAME, bytes));
  const file = { name: NAME, size: bytes.length, sha256: sha256Of(bytes) };
  await persist(context, attempt, () => context.commit(attempt, seq, [file]));
}
