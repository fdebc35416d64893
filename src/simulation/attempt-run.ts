import type { WorkerOutcome } from '../protocol/attempt.ts';
import { HiveError } from '../protocol/errors.ts';
import type { ManifestEntry } from '../protocol/job.ts';
import { sha256Of } from './blob-model.ts';
import { saveOnTheWay, stageResume } from './checkpoint-model.ts';
import { fileText, logLine } from './job-plan.ts';
import { passes, persist, type RunContext } from './run-context.ts';
import { failure, outcomeOfStop, type SimAttempt } from './sim-attempt.ts';

const FLUSH_MS = 15_000;
const HARD_FLUSH_MS = 500;
/** SIGTERM to SIGKILL. */
const GRACE_MS = 10_000;

/** The product's executeAttempt: stage, run, upload, flush, answer; null when nobody wants the outcome. */
export async function runAttempt(context: RunContext, attempt: SimAttempt): Promise<WorkerOutcome | null> {
  const disarm = context.after(attempt.timeout_ms, () => attempt.stop('timeout'));
  await context.pause(context.random.whole(0, 800));
  let outcome = await begin(context, attempt);
  if (outcome?.status === 'succeeded') outcome = await uploadAndConclude(context, attempt, outcome);
  if (outcome !== null) await flush(context, attempt);
  disarm();
  return outcome;
}

/** Stages what an earlier attempt saved, then runs. */
async function begin(context: RunContext, attempt: SimAttempt): Promise<WorkerOutcome | null> {
  try {
    await stageResume(context, attempt);
  } catch (error) {
    if (attempt.stopped === null) return outcomeOfRefusal(error);
  }
  return attempt.stopped === null ? execute(context, attempt) : outcomeOfStop(attempt.stopped);
}

/** The module's code, to its own end or to the end it is given. */
function execute(context: RunContext, attempt: SimAttempt): Promise<WorkerOutcome | null> {
  const { plan } = attempt;
  attempt.started = true;
  context.started(attempt);
  context.executing(attempt, true);
  return new Promise((resolve) => {
    let over = false;
    const end = (outcome: WorkerOutcome | null): void => {
      if (over) return;
      over = true;
      context.executing(attempt, false);
      resolve(outcome);
    };
    attempt.onStop(() => {
      const { stopped } = attempt;
      if (stopped === null) return;
      const hard = attempt.hard || attempt.hurried;
      const wait = hard ? context.random.whole(20, 1500) : Math.min(plan.deaf_ms, GRACE_MS);
      context.after(wait, () => end(outcomeOfStop(stopped)));
    });
    const left = plan.ms - attempt.from_ms;
    saveOnTheWay(context, attempt, () => over);
    for (let line = 0; line < plan.lines; line++) {
      context.after((left * (line + 0.5)) / plan.lines, () => {
        if (over) return;
        attempt.log += logLine(attempt.ref.nonce, line);
        attempt.progress = { percent: Math.floor((100 * line) / plan.lines) };
        context.progressed();
        void ship(context, attempt);
      });
    }
    context.after(left, () => {
      const outcome = ownEnd(attempt);
      if (outcome !== null && attempt.stopped === null) end(outcome);
    });
  });
}

/** Null for code that never ends by itself. */
function ownEnd({ plan, ref }: SimAttempt): WorkerOutcome | null {
  if (plan.ends === 'succeed' || ref.epoch > plan.bad_attempts) {
    return {
      status: 'succeeded',
      engine: 'sim',
      output: ref.nonce,
      metrics: {},
      warnings: [],
      artifacts: [],
    };
  }
  if (plan.ends === 'hang') return null;
  return failure(plan.ends === 'fail' ? 'user' : plan.ends, plan.ends);
}

type Success = Extract<WorkerOutcome, { status: 'succeeded' }>;

async function uploadAndConclude(
  context: RunContext,
  attempt: SimAttempt,
  outcome: Success,
): Promise<WorkerOutcome | null> {
  try {
    const artifacts = await upload(context, attempt);
    return attempt.stopped === null ? { ...outcome, artifacts } : outcomeOfStop(attempt.stopped);
  } catch (error) {
    return attempt.stopped === null ? outcomeOfRefusal(error) : outcomeOfStop(attempt.stopped);
  }
}

/** Sends every file until it is there; a definite refusal is thrown. */
export async function upload(context: RunContext, attempt: SimAttempt): Promise<ManifestEntry[]> {
  const entries: ManifestEntry[] = [];
  for (let file = 0; file < attempt.plan.files; file++) {
    const bytes = Buffer.from(fileText(attempt.ref.nonce, file));
    const name = `out-${file}.txt`;
    await persist(context, attempt, () => context.stage(attempt, name, bytes));
    entries.push({ name, size: bytes.length, sha256: sha256Of(bytes) });
  }
  return entries;
}

function outcomeOfRefusal(error: unknown): WorkerOutcome | null {
  if (error instanceof HiveError && error.code === 'lease_lost') return null;
  return failure('infra', error instanceof HiveError ? error.code : 'worker_error');
}

const shipping = new WeakSet<SimAttempt>();

/** The product's log spool: by offset, again after every lost reply, one call at a time. */
async function ship(context: RunContext, attempt: SimAttempt): Promise<void> {
  if (shipping.has(attempt)) return;
  shipping.add(attempt);
  for (let wait = 100; mayShip(attempt); ) {
    await context.pause(100);
    const chunk = Buffer.from(attempt.log.slice(attempt.shipped));
    try {
      const { length } = await context.append(attempt, attempt.shipped, chunk);
      attempt.shipped = Math.min(attempt.log.length, length);
      wait = 100;
    } catch (error) {
      const length = conflictLength(error);
      if (length !== null && length !== attempt.shipped)
        attempt.shipped = Math.min(attempt.log.length, length);
      else if (!passes(error)) break;
      else await context.pause(wait);
      wait = Math.min(2000, wait * 2);
    }
  }
  shipping.delete(attempt);
}

const mayShip = (attempt: SimAttempt): boolean =>
  attempt.shipped < attempt.log.length && !attempt.abandoned && attempt.state !== 'ended';

const conflictLength = (error: unknown): number | null =>
  error instanceof HiveError && error.code === 'offset_conflict' ? Number(error.errors[0]?.message) : null;

async function flush(context: RunContext, attempt: SimAttempt): Promise<void> {
  const late = attempt.hard ? HARD_FLUSH_MS : FLUSH_MS;
  for (let waited = 0; shipping.has(attempt) && waited < late; waited += 250) await context.pause(250);
}
