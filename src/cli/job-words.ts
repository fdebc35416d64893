import type { Job, JobState, Progress } from '../protocol/job.ts';
import type { Colour, Palette } from './palette.ts';
import type { Column } from './table.ts';
import { age, duration, fileSize, grouped, plain } from './text.ts';

export function colourOfState(state: JobState): Colour {
  if (state === 'succeeded') return 'green';
  if (state === 'failed' || state === 'quarantined') return 'red';
  if (state === 'canceled' || state === 'expired') return 'yellow';
  return state === 'starting' || state === 'running' ? 'cyan' : 'dim';
}

export function signOfState(state: JobState, palette: Palette): string {
  if (state === 'succeeded') return palette.ok;
  if (state === 'failed' || state === 'quarantined') return palette.fail;
  if (state === 'starting' || state === 'running') return palette.active;
  return state === 'canceled' || state === 'expired' ? palette.note : palette.waiting;
}

/** How long it has run, or ran. */
export function runTime(job: Job, now = Date.now()): string {
  if (job.timings.running_ms !== null) return duration(job.timings.running_ms);
  if (job.started_at === null || job.finished_at !== null) return '-';
  return duration(Math.max(0, now - Date.parse(job.started_at)));
}

export const progressWords = (progress: Progress | null): string =>
  progress === null ? '' : `${Math.round(progress.percent)} %${progress.stage ? ` ${progress.stage}` : ''}`;

export const JOB_COLUMNS: readonly Column<Job>[] = [
  { title: 'ID', value: (job) => job.id },
  {
    title: 'STATE',
    value: (job) => (job.cancel_requested_at !== null && job.finished_at === null ? 'canceling' : job.state),
    colour: (job) => colourOfState(job.state),
  },
  { title: 'MODULE', value: (job) => job.module, flexible: true },
  { title: 'NAME', value: (job) => job.name ?? '', flexible: true },
  {
    title: 'PROGRESS',
    value: (job) => (job.finished_at === null ? progressWords(job.progress) : ''),
    flexible: true,
  },
  { title: 'RUN', value: (job) => runTime(job) },
  { title: 'AGE', value: (job) => age(job.created_at) },
];

const MOST_ARTIFACTS = 20;

/** What became of an ended job, in one line and what to do with it. */
export function summarise(job: Job, palette: Palette, mostArtifacts = MOST_ARTIFACTS): string {
  const { timings } = job;
  const spent = timings.running_ms === null ? '' : ` in ${duration(timings.running_ms)}`;
  const queued = timings.queued_ms === null ? '' : ` (queued ${duration(timings.queued_ms)})`;
  const engine = job.engine === null ? '' : ` · engine ${plain(job.engine)}`;
  const lines = [`${signOfState(job.state, palette)} ${job.id} ${job.state}${spent}${queued}${engine}`];
  if (job.state !== 'succeeded') lines.push(`  ${plain(job.error?.message ?? job.reason.message)}`);
  if (job.error?.hint) lines.push(`  ${palette.colour('cyan', plain(job.error.hint))}`);
  for (const warning of job.warnings) lines.push(`  ${palette.colour('yellow', `! ${plain(warning)}`)}`);
  for (const artifact of job.artifacts.slice(0, mostArtifacts)) {
    lines.push(`  ${plain(artifact.name)}  ${palette.colour('dim', fileSize(artifact.size))}`);
  }
  const more = job.artifacts.length - mostArtifacts;
  if (mostArtifacts > 0 && more > 0) lines.push(`  … and ${grouped(more)} more: hive job ${job.id} -o json`);
  if (job.artifacts.length > 0) lines.push(`  → hive get ${job.id}`);
  if (job.state === 'failed' || job.state === 'quarantined') lines.push(`  → hive logs ${job.id}`);
  return lines.join('\n');
}
