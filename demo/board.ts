import type { JobUpdate } from '../src/client/index.ts';
import type { Job, Progress } from '../src/protocol/job.ts';

/** Live progress of some jobs: bars on a terminal, one line per change elsewhere. */
export interface Board {
  /** What to do with each update of one job. */
  follow(job: Job): (update: JobUpdate) => void;
  note(line: string): void;
  close(): void;
}

export function openBoard(out: NodeJS.WriteStream): Board {
  const lines = new Map<string, string>();
  let drawn = 0;
  let last = 0;
  const draw = (now: boolean): void => {
    if (!now && performance.now() - last < 100) return;
    last = performance.now();
    const body = [...lines.values()].map((line) => `\u001b[2K${line}\n`).join('');
    out.write(`${drawn > 0 ? `\u001b[${drawn}A` : ''}${body}`);
    drawn = lines.size;
  };
  const show = (job: Job, progress: Progress | null): void => {
    const line = lineOf(job, progress);
    if (lines.get(job.id) === line) return;
    lines.set(job.id, line);
    if (out.isTTY) draw(job.state !== 'running');
    else out.write(`${line}\n`);
  };
  return {
    follow(first) {
      let job = first;
      return (update) => {
        if (update.kind === 'state') job = update.job;
        show(job, update.kind === 'state' ? job.progress : update.progress);
      };
    },
    note(line) {
      if (out.isTTY && drawn > 0) out.write(`\u001b[${drawn}A\u001b[J`);
      out.write(`${line}\n`);
      drawn = 0;
    },
    close() {
      if (out.isTTY) draw(true);
    },
  };
}

function lineOf(job: Job, progress: Progress | null): string {
  const percent = Math.round(progress?.percent ?? 0);
  const filled = Math.round(percent / 5);
  const bar = `${'█'.repeat(filled)}${'░'.repeat(20 - filled)}`;
  const what = String(job.input.prompt ?? job.name ?? job.module).slice(0, 44);
  return `${bar} ${String(percent).padStart(3)} %  ${job.state.padEnd(9)} ${(progress?.stage ?? '').padEnd(10)} ${what}`;
}
