import type { JobUpdate } from '../client/index.ts';
import type { Job, JobState, Progress } from '../protocol/job.ts';
import { progressWords } from './job-words.ts';
import type { Session } from './session.ts';
import { plain, truncate } from './text.ts';

const REDRAW_MS = 100;
const BAR = 20;

/** Shows on stderr how a job goes: one living line on a terminal, a line per change elsewhere. */
export interface WaitDisplay {
  update(update: JobUpdate): void;
  /** Leaves the line clean for what comes next. */
  end(): void;
}

export const makeWaitDisplay = (session: Session, id: string): WaitDisplay => {
  if (session.quiet) return { update: () => undefined, end: () => undefined };
  return session.io.stderr.isTTY ? new LiveLine(session) : new ChangeLines(session, id);
};

/** What is known of a job between its updates: a state that tells no progress does not take back what was told. */
class Seen {
  job: Job | null = null;
  progress: Progress | null = null;

  take(update: JobUpdate): void {
    if (update.kind === 'progress') {
      this.progress = update.progress;
      return;
    }
    const goesOn = this.job?.attempt === update.job.attempt && update.job.state === 'running';
    this.progress = update.job.progress ?? (goesOn ? this.progress : null);
    this.job = update.job;
  }

  get state(): JobState {
    return this.job?.state ?? 'queued';
  }

  /** Why it waits; of a job that runs there is nothing to tell but its progress. */
  get reason(): string {
    return this.state === 'queued' || this.state === 'blocked' ? plain(this.job?.reason.message ?? '') : '';
  }
}

/** A line per state and per stage: short logs, however often the percentage moves. */
class ChangeLines implements WaitDisplay {
  readonly #session: Session;
  readonly #id: string;
  readonly #seen = new Seen();
  #said = '';

  constructor(session: Session, id: string) {
    this.#session = session;
    this.#id = id;
  }

  update(update: JobUpdate): void {
    this.#seen.take(update);
    const { state, job, progress, reason } = this.#seen;
    const stage = state === 'running' ? (progress?.stage ?? '') : '';
    const key = `${state} ${job?.attempt} ${stage}`;
    if (key === this.#said) return;
    this.#said = key;
    const detail = stage === '' ? reason : plain(progressWords(progress));
    this.#session.note(`${this.#id} ${state}${detail ? `: ${detail}` : ''}`);
  }

  end(): void {}
}

class LiveLine implements WaitDisplay {
  readonly #session: Session;
  readonly #started = Date.now();
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #seen = new Seen();
  #drawn = '';

  constructor(session: Session) {
    this.#session = session;
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS);
    this.#timer.unref();
  }

  /** Only notes it: the timer draws, so the line moves no oftener than ten times a second. */
  update(update: JobUpdate): void {
    this.#seen.take(update);
  }

  end(): void {
    clearInterval(this.#timer);
    if (this.#drawn !== '') this.#session.io.stderr.write('\r\u001b[K');
    this.#drawn = '';
  }

  #draw(): void {
    const line = this.#line();
    if (line === this.#drawn) return;
    this.#drawn = line;
    const width = this.#session.io.stderr.columns ?? 80;
    this.#session.io.stderr.write(`\r${truncate(line, width - 1)}\u001b[K`);
  }

  #line(): string {
    const { state, progress, reason } = this.#seen;
    const { waiting, bar } = this.#session.chatter;
    const seconds = Math.floor((Date.now() - this.#started) / 1000);
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    if (progress === null || state !== 'running') {
      return `${waiting} ${state}${reason && ` · ${reason}`}  ${clock}  ^C detaches`;
    }
    const { percent, stage = 'running' } = progress;
    const done = Math.round((percent / 100) * BAR);
    const drawn = bar[0].repeat(done) + bar[1].repeat(BAR - done);
    return `${drawn} ${Math.round(percent)} %  ${plain(stage)}  ${clock}  ^C detaches`;
  }
}
