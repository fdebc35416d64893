import type { Assignment, AttemptRef, Directive, WorkerOutcome } from '../protocol/attempt.ts';
import type { OutcomeVerdict, WorkerMessage } from '../protocol/channel.ts';
import { failure, outcomeOfStop, SimAttempt, type StopReason } from './sim-attempt.ts';

export interface RosterContext {
  send(message: WorkerMessage): void;
  mayStart(): boolean;
  now(): number;
  after(ms: number, run: () => void): () => void;
  run(attempt: SimAttempt): Promise<WorkerOutcome | null>;
  reupload(attempt: SimAttempt): Promise<unknown>;
}

type Told = AttemptRef & { readonly directive: Directive; readonly left_ms?: number | undefined };

const MAX_REUPLOADS = 2;

/** The rules of the product's roster: from assignment until the outcome is settled. */
export class RosterModel {
  readonly #live = new Map<string, SimAttempt>();
  readonly #context: RosterContext;
  readonly #slots: number;
  #leaving = false;

  constructor(context: RosterContext, slots: number) {
    this.#context = context;
    this.#slots = slots;
  }

  get attempts(): readonly SimAttempt[] {
    return [...this.#live.values()];
  }

  count(state: SimAttempt['state']): number {
    return this.attempts.filter((attempt) => attempt.state === state).length;
  }

  assign(assignments: readonly Assignment[]): void {
    const taken: SimAttempt[] = [];
    for (const assignment of assignments) {
      let attempt = this.#live.get(assignment.nonce);
      if (attempt === undefined && this.#context.mayStart()) {
        attempt = new SimAttempt(assignment);
        this.#live.set(assignment.nonce, attempt);
      }
      if (attempt !== undefined) taken.push(attempt);
    }
    if (taken.length > 0)
      this.#context.send({ type: 'accepted', attempts: taken.map((attempt) => attempt.ref) });
    this.pump();
  }

  pump(): void {
    let room = this.#slots - this.count('running');
    for (const attempt of this.#live.values()) {
      if (room <= 0 || !this.#context.mayStart()) return;
      if (attempt.state !== 'queued' || !attempt.confirmed) continue;
      room -= 1;
      attempt.state = 'running';
      void this.#context.run(attempt).then((outcome) => this.#conclude(attempt, outcome));
    }
  }

  direct(ref: AttemptRef, directive: Directive, leftMs?: number): void {
    const attempt = this.#live.get(ref.nonce);
    if (attempt === undefined) return;
    if (directive === 'continue') this.confirm([ref.nonce]);
    else if (directive === 'abandon') this.#abandon(attempt);
    else if (directive === 'cancel') this.#stop(attempt, 'cancel');
    else if (directive === 'drain' && !this.#leaving) this.#drain(attempt, leftMs);
  }

  obey(directives: readonly Told[]): void {
    const leaving = new Set(directives.flatMap((told) => (told.directive === 'drain' ? [told.nonce] : [])));
    for (const { directive, left_ms, ...ref } of directives) this.direct(ref, directive, left_ms);
    if (!this.#leaving)
      for (const attempt of this.attempts) if (!leaving.has(attempt.ref.nonce)) attempt.stay();
    this.pump();
  }

  leaveAll(): void {
    this.#leaving = true;
    for (const attempt of this.attempts) this.#drain(attempt, undefined, true);
  }

  confirm(nonces: readonly string[]): void {
    for (const nonce of nonces) {
      const attempt = this.#live.get(nonce);
      if (attempt !== undefined) attempt.confirmed = true;
    }
    this.pump();
  }

  stopAll(reason: StopReason): void {
    for (const attempt of this.attempts) this.#stop(attempt, reason);
  }

  fence(): void {
    for (const attempt of this.attempts)
      if (attempt.state !== 'running' || !attempt.keeps_running) this.#stop(attempt, 'fence');
  }

  repeat(): void {
    const waiting = this.attempts.filter((attempt) => attempt.state === 'queued' && !attempt.confirmed);
    if (waiting.length > 0)
      this.#context.send({ type: 'accepted', attempts: waiting.map((attempt) => attempt.ref) });
    const begun = this.attempts.filter((attempt) => attempt.started && attempt.state === 'running');
    if (begun.length > 0)
      this.#context.send({ type: 'started', attempts: begun.map((attempt) => attempt.ref) });
    for (const attempt of this.attempts) this.#report(attempt);
  }

  repeatOutcomes(olderThanMs: number): void {
    const now = this.#context.now();
    for (const attempt of this.attempts) if (now - attempt.sentAt > olderThanMs) this.#report(attempt);
  }

  settled(ref: AttemptRef, verdict: OutcomeVerdict): void {
    const attempt = this.#live.get(ref.nonce);
    if (attempt === undefined) return;
    if (verdict === 'artifact_missing') void this.#reupload(attempt);
    else this.#live.delete(ref.nonce);
  }

  #conclude(attempt: SimAttempt, outcome: WorkerOutcome | null): void {
    attempt.state = 'ended';
    attempt.stay();
    if (outcome === null || attempt.abandoned) this.#live.delete(attempt.ref.nonce);
    else {
      attempt.outcome = outcome;
      this.#report(attempt);
    }
    this.pump();
  }

  #drain(attempt: SimAttempt, leftMs: number | undefined, all = false): void {
    if (attempt.state === 'queued') this.#stop(attempt, 'preempt');
    if (attempt.state !== 'running') return;
    if (leftMs === undefined && !all) {
      attempt.stay();
      return;
    }
    const late = (): void => this.#stop(attempt, 'preempt');
    attempt.leave(() => (leftMs === undefined ? () => {} : this.#context.after(leftMs, late)));
  }

  #stop(attempt: SimAttempt, reason: StopReason): void {
    if (attempt.state === 'ended') return;
    const first = attempt.stopped === null;
    attempt.stop(reason);
    if (attempt.state === 'queued' && first) this.#conclude(attempt, outcomeOfStop(reason));
  }

  #abandon(attempt: SimAttempt): void {
    attempt.abandoned = true;
    if (attempt.state === 'ended') this.#live.delete(attempt.ref.nonce);
    else this.#stop(attempt, 'abandon');
  }

  #report(attempt: SimAttempt): void {
    if (attempt.outcome === undefined) return;
    attempt.sentAt = this.#context.now();
    this.#context.send({ type: 'outcome', attempt: attempt.ref, outcome: attempt.outcome });
  }

  async #reupload(attempt: SimAttempt): Promise<void> {
    attempt.reuploads += 1;
    try {
      if (attempt.reuploads > MAX_REUPLOADS) throw new Error('an artifact is missing');
      await this.#context.reupload(attempt);
    } catch {
      attempt.outcome = failure('infra', 'artifact_missing');
    }
    this.#report(attempt);
  }
}
