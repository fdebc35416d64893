import type { JobUpdate } from '../client/index.ts';
import type { Job, JobState, Progress } from '../protocol/job.ts';
import { progressWords } from './job-words.ts';
import type { Session } from './session.ts';
import { plain } from './text.ts';

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

/** A line per state and per stage: short logs, however often the percentage moves. */
class ChangeLines implements WaitDisplay {
  readonly #session: Session;
  readonly #id: string;
  #said = '';
  #job: Job | null = null;

  constructor(session: Session, id: string) {
    this.#session = session;
    this.#id = id;
  }

  update(update: JobUpdate): void {
    if (update.kind === 'state') this.#job = update.job;
    const progress = update.kind === 'state' ? update.job.progress : update.progress;
    const state = this.#job?.state ?? 'queued';
    const key = `${state} ${this.#job?.attempt} ${progress?.stage ?? ''}`;
    if (key === this.#said) return;
    this.#said = key;
    const detail = state === 'running' && progress?.stage ? progressWords(progress) : this.#reason(state);
    this.#session.note(`${this.#id} ${state}${detail ? `: ${plain(detail)}` : ''}`);
  }

  #reason(state: JobState): string {
    return state === 'queued' || state === 'blocked' ? (this.#job?.reason.message ?? '') : '';
  }

  end(): void {}
}

class LiveLine implements WaitDisplay {
  readonly #session: Session;
  readonly #started = Date.now();
  readonly #timer: ReturnType<typeof setInterval>;
  #job: Job | null = null;
  #progress: Progress | null = null;
  #drawn = '';

  constructor(session: Session) {
    this.#session = session;
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS);
    this.#timer.unref();
  }

  /** Only notes it: the timer draws, so the line moves no oftener than ten times a second. */
  update(update: JobUpdate): void {
    if (update.kind === 'state') this.#job = update.job;
    this.#progress = update.kind === 'state' ? update.job.progress : update.progress;
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
    const state = this.#job?.state ?? 'queued';
    const seconds = Math.floor((Date.now() - this.#started) / 1000);
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    const detach = '^C detaches';
    if (this.#progress === null || state !== 'running') {
      const why =
        state === 'queued' || state === 'blocked' ? ` · ${plain(this.#job?.reason.message ?? '')}` : '';
      return `${this.#session.chatter.waiting} ${state}${why}  ${clock}  ${detach}`;
    }
    const { percent, stage = 'running' } = this.#progress;
    const [full, empty] = this.#session.chatter.bar;
    const done = Math.round((percent / 100) * BAR);
    const bar = full.repeat(done) + empty.repeat(BAR - done);
    return `${bar} ${Math.round(percent)} %  ${plain(stage)}  ${clock}  ${detach}`;
  }
}
