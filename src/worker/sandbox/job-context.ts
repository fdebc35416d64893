import { join } from 'node:path';
import type { ModuleContext } from '../../modules/module.ts';
import { seededRandom } from '../../modules/random.ts';
import type { Progress } from '../../protocol/job.ts';
import { LogGate } from '../log-gate.ts';
import type { SandboxJob } from './sandbox.ts';

/** Seconds of the log rate that may come at once. */
const BURST_S = 4;
const BATCH = 16 * 2 ** 10;
const PROGRESS_MS = 50;

export interface JobReports {
  progress(progress: Progress): void;
  log(lines: string[]): void;
}

/** The `context` of one run, and what must be sent before its result. */
export interface JobContext {
  readonly context: ModuleContext;
  flush(): void;
}

export function makeJobContext(
  job: Pick<SandboxJob, 'files' | 'log_bytes_per_second'>,
  life: Pick<ModuleContext, 'signal' | 'draining' | 'resume' | 'checkpoint'>,
  reports: JobReports,
): JobContext {
  const { files, log_bytes_per_second: rate } = job;
  const log = batchLines(new LogGate(rate, BURST_S * rate), reports.log);
  const progress = thinProgress(reports.progress);
  const context: ModuleContext = {
    ...life,
    progress: progress.report,
    log: log.write,
    files: { in: (name) => join(files.in, name), out: files.out, work: files.work },
    random: seededRandom,
  };
  const flush = (): void => {
    progress.flush();
    log.flush(true);
  };
  return { context, flush };
}

/**
 * The first line of a turn leaves at once, so that the words before a crash are not lost; a flood leaves in batches
 * and is capped here, before it can fill the channel.
 */
function batchLines(
  gate: LogGate,
  send: (lines: string[]) => void,
): {
  write(line: string): void;
  flush(end: boolean): void;
} {
  let lines: string[] = [];
  let size = 0;
  let scheduled = false;
  const flush = (end: boolean): void => {
    if (end) lines.push(...gate.rest());
    if (lines.length > 0) send(lines);
    lines = [];
    size = 0;
  };
  const write = (line: string): void => {
    for (const admitted of gate.admit(line)) {
      lines.push(admitted);
      size += admitted.length;
    }
    if (!scheduled || size >= BATCH) flush(false);
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      flush(false);
    });
  };
  return { write, flush };
}

/** Never falling, clipped to what the protocol takes, at most one every 50 ms, the last one always. */
function thinProgress(send: (progress: Progress) => void): {
  report: ModuleContext['progress'];
  flush(): void;
} {
  let highest = 0;
  let sentAt = Number.NEGATIVE_INFINITY;
  let held: Progress | undefined;
  const flush = (): void => {
    if (held !== undefined) send(held);
    held = undefined;
    sentAt = performance.now();
  };
  const report = (percent: number, stage?: string, message?: string): void => {
    if (Number.isFinite(percent)) highest = Math.max(highest, Math.min(100, percent));
    held = {
      percent: highest,
      ...(stage !== undefined && { stage: stage.slice(0, 64) }),
      ...(message !== undefined && { message: message.slice(0, 512) }),
    };
    if (performance.now() - sentAt >= PROGRESS_MS) flush();
  };
  return { report, flush };
}
