import type { Assignment, AttemptRef, Directive, WorkerOutcome } from '../protocol/attempt.ts';
import type { OutcomeVerdict, WorkerMessage } from '../protocol/channel.ts';
import type { WorkerOffer } from '../protocol/worker.ts';
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
const PATIENCE_MS = 1000;

/** The rules of the product's roster: from assignment until the outcome is settled. */
export class RosterModel {
  readonly #live = new Map<string, SimAttempt>();
  readonly #context: RosterContext;
  readonly #offer: WorkerOffer;
  #credit: number;
  #leaving = false;

  constructor(context: RosterContext, offer: WorkerOffer) {
    this.#context = context;
    this.#offer = offer;
    this.#credit = offer.prefetch ?? 0;
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
        if (assignment.prefetched === true) this.#wait(attempt);
      }
      if (attempt !== undefined) taken.push(attempt);
    }
    if (taken.length > 0)
      this.#context.send({ type: 'accepted', attempts: taken.map((attempt) => attempt.ref) });
    this.pump();
  }

  pump(): void {
    const taken = { slots: 0, cpu: 0, memory_bytes: 0 };
    const take = ({ reserve }: SimAttempt): void => {
      taken.slots += 1;
      taken.cpu += reserve.cpu;
      taken.memory_bytes += reserve.memory_bytes;
    };
    const { slots, hardware } = this.#offer;
    for (const attempt of this.attempts) if (attempt.state === 'running') take(attempt);
    for (const attempt of this.#live.values()) {
      if (taken.slots >= slots || !this.#context.mayStart()) return;
      if (attempt.state !== 'queued' || !attempt.confirmed) continue;
      const { cpu, memory_bytes } = attempt.reserve;
      if (taken.cpu + cpu > hardware.cpus || taken.memory_bytes + memory_bytes > hardware.memory_bytes)
        continue;
      take(attempt);
      attempt.state = 'running';
      const began = this.#context.now();
      void this.#context.run(attempt).then((outcome) => {
        if (this.#context.now() - began < PATIENCE_MS) this.#setCredit(this.#offer.prefetch ?? 0);
        this.#conclude(attempt, outcome);
      });
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
    if (this.#credit !== (this.#offer.prefetch ?? 0))
      this.#context.send({ type: 'credit', prefetch: this.#credit });
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

  #wait(attempt: SimAttempt): void {
    this.#context.after(PATIENCE_MS, () => {
      if (attempt.state !== 'queued') return;
      this.#setCredit(0);
      this.#stop(attempt, 'preempt');
    });
  }

  #setCredit(prefetch: number): void {
    if (prefetch === this.#credit) return;
    this.#credit = prefetch;
    this.#context.send({ type: 'credit', prefetch });
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
