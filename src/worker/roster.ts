import { mkdir } from 'node:fs/promises';
import type { Assignment, AttemptRef, Directive, WorkerOutcome } from '../protocol/attempt.ts';
import type { OutcomeVerdict, WorkerMessage } from '../protocol/channel.ts';
import type { WorkerOffer } from '../protocol/worker.ts';
import { type ExecutorDeps, executeAttempt, uploadAgain } from './executor.ts';
import { toFault } from './fault.ts';
import { attemptKey, removeFolder } from './leftovers.ts';
import { LightRunner } from './light-runner.ts';
import { LiveAttempt } from './live-attempt.ts';
import { type Capacity, Credit, Usage } from './prefetch.ts';
import { outcomeOfStop, Stop, type StopReason } from './stop.ts';

export interface RosterHooks {
  send(message: WorkerMessage): boolean;
  /** Whether new work may begin: the lease is fresh and no drain is on. */
  mayStart(): boolean;
  progressed(): void;
  /** An attempt left the roster or stopped running. */
  changed(): void;
}

type Told = AttemptRef & { readonly directive: Directive; readonly left_ms?: number | undefined };

/** What the roster goes by: the room of its worker, and how long a job may wait for it. */
export interface RosterTerms {
  readonly offer: WorkerOffer;
  readonly patienceMs: number;
}

const MAX_REUPLOADS = 2;

/** The attempts this worker holds, from their assignment until the orchestrator has settled their outcome. */
export class Roster {
  readonly #live = new Map<string, LiveAttempt>();
  readonly #deps: ExecutorDeps;
  readonly #light = new LightRunner();
  readonly #folder: string;
  readonly #capacity: Capacity;
  readonly #credit: Credit;
  readonly #hooks: RosterHooks;
  /** This worker itself goes: what the orchestrator says of draining changes nothing. */
  #leaving = false;

  constructor(deps: ExecutorDeps, folder: string, terms: RosterTerms, hooks: RosterHooks) {
    this.#deps = deps;
    this.#folder = folder;
    const { offer, patienceMs } = terms;
    const { cpus, memory_bytes } = offer.hardware;
    this.#capacity = { slots: offer.slots, cpus, memory_bytes };
    this.#credit = new Credit(offer.prefetch ?? 0, patienceMs, (prefetch) =>
      hooks.send({ type: 'credit', prefetch }),
    );
    this.#hooks = hooks;
  }

  get attempts(): readonly LiveAttempt[] {
    return [...this.#live.values()];
  }

  count(state: LiveAttempt['state']): number {
    return this.attempts.filter((live) => live.state === state).length;
  }

  /** Accepts at once, also what must wait for a slot: accepting says "delivered", starting says "runs" and waits for the answer. */
  assign(assignments: readonly Assignment[]): void {
    const taken: LiveAttempt[] = [];
    const light: LiveAttempt[] = [];
    for (const assignment of assignments) {
      let live = this.#live.get(assignment.nonce);
      if (live === undefined && this.#hooks.mayStart()) {
        live = new LiveAttempt(assignment, this.#folder);
        this.#live.set(assignment.nonce, live);
        if (assignment.prefetched === true) this.#wait(live);
        if (this.#light.takes(assignment)) {
          light.push(live);
          continue;
        }
      }
      // What is not accepted the orchestrator takes back without a retry spent (C3b).
      if (live !== undefined) taken.push(live);
    }
    if (taken.length > 0) this.#hooks.send({ type: 'accepted', attempts: taken.map((live) => live.ref) });
    if (light.length > 0) void this.#runLight(light);
    if (taken.length > 0) this.pump();
  }

  pump(): void {
    const running = this.attempts.filter((live) => live.state === 'running');
    const usage = new Usage(
      this.#capacity,
      running.map((live) => live.assignment),
    );
    for (const live of this.#live.values()) {
      if (usage.full || !this.#hooks.mayStart()) return;
      if (live.state !== 'queued' || !live.confirmed || !usage.fits(live.assignment)) continue;
      usage.add(live.assignment);
      live.state = 'running';
      void this.#run(live);
    }
  }

  direct(ref: AttemptRef, directive: Directive, leftMs?: number): void {
    const live = this.#live.get(ref.nonce);
    if (live === undefined) return;
    if (directive === 'continue') this.confirm([ref.nonce]);
    else if (directive === 'abandon') this.#abandon(live);
    else if (directive === 'cancel') this.#stop(live, 'cancel', 'canceled');
    else if (directive === 'drain' && !this.#leaving) this.#drain(live, 'its worker drains', leftMs);
  }

  /** A reply names every attempt that is to leave: the others may stay. */
  obey(directives: readonly Told[]): void {
    const leaving = new Set(directives.flatMap((told) => (told.directive === 'drain' ? [told.nonce] : [])));
    for (const { directive, left_ms, ...ref } of directives) this.direct(ref, directive, left_ms);
    if (!this.#leaving) for (const live of this.#live.values()) if (!leaving.has(live.ref.nonce)) live.stay();
    this.pump();
  }

  /** Gives back what has not started and asks what runs to save a checkpoint and go (C9). */
  leaveAll(message: string): void {
    this.#leaving = true;
    for (const live of this.attempts) this.#drain(live, message, undefined, true);
  }

  /** The orchestrator took note of these, by an answer to their acceptance or to a hello that listed them. */
  confirm(nonces: Iterable<string>): void {
    for (const nonce of nonces) {
      const live = this.#live.get(nonce);
      if (live !== undefined) live.confirmed = true;
    }
    this.pump();
  }

  stopAll(reason: StopReason, message: string): void {
    for (const live of this.attempts) this.#stop(live, reason, message);
  }

  /** Kills what the orchestrator will give to another, but for what its job wants to keep running all the same (C3). */
  fence(message: string): void {
    for (const live of this.attempts) {
      const keeps = live.state === 'running' && live.assignment.on_partition === 'keep_running';
      if (!keeps) this.#stop(live, 'fence', message);
    }
  }

  /** After a reconnect: says again what may not have arrived. */
  repeat(): void {
    this.#credit.repeat();
    const waiting = this.attempts.filter((live) => live.state === 'queued' && !live.confirmed);
    if (waiting.length > 0) this.#hooks.send({ type: 'accepted', attempts: waiting.map((live) => live.ref) });
    const begun = this.attempts.filter((live) => live.started && live.state === 'running');
    if (begun.length > 0) this.#hooks.send({ type: 'started', attempts: begun.map((live) => live.ref) });
    for (const live of this.#live.values()) this.#report(live);
  }

  /** An outcome that got no answer is sent again; the same outcome again is the same answer (C5). */
  repeatOutcomes(olderThanMs: number): void {
    const now = performance.now();
    for (const live of this.#live.values()) if (now - live.sentAt > olderThanMs) this.#report(live);
  }

  settled(nonce: string, verdict: OutcomeVerdict, message?: string): void {
    const live = this.#live.get(nonce);
    if (live === undefined) return;
    if (verdict === 'artifact_missing') {
      void this.#reupload(live, message ?? 'an artifact is missing');
      return;
    }
    if (verdict === 'conflict') {
      this.#deps.log('error', 'another outcome was committed for this attempt', {
        attempt: attemptKey(live.ref),
      });
    }
    void this.#drop(live);
  }

  /** They are over before anybody could take them back, so they wait for no slot and no confirmation. */
  async #runLight(batch: readonly LiveAttempt[]): Promise<void> {
    for (const live of batch) live.state = 'running';
    const outcomes = await Promise.all(batch.map((live) => this.#light.run(live.assignment)));
    const now = performance.now();
    const ends = batch.flatMap((live, index) => {
      const outcome = outcomes[index];
      live.state = 'ended';
      if (outcome === undefined || live.abandoned) return [];
      live.outcome = outcome;
      live.sentAt = now;
      return [{ attempt: live.ref, outcome }];
    });
    this.#hooks.send({ type: 'ended', ends });
    this.#hooks.changed();
  }

  /** Sent ahead, it goes back when no room came free in time, before it is missed elsewhere (C10). */
  #wait(live: LiveAttempt): void {
    const inVain = (): void => {
      if (live.state !== 'queued') return;
      this.#credit.waitedInVain();
      this.#stop(live, 'preempt', 'it was sent ahead and no room came free in time');
    };
    setTimeout(inVain, this.#credit.patienceMs).unref();
  }

  async #run(live: LiveAttempt): Promise<void> {
    const began = performance.now();
    const { assignment, folder } = live;
    const life = { stop: live.stopping, drain: live.draining.signal };
    try {
      live.hasFolder = true;
      await mkdir(folder, { recursive: true });
      const outcome = await executeAttempt(this.#deps, assignment, folder, life, {
        started: () => {
          live.started = true;
          this.#hooks.send({ type: 'started', attempts: [live.ref] });
        },
        progress: (progress) => {
          live.progress = progress;
          this.#hooks.progressed();
        },
        leaving: () => live.leaving,
      });
      this.#credit.ended(performance.now() - began);
      this.#conclude(live, outcome);
    } catch (error) {
      this.#conclude(live, { status: 'failed', error: toFault(error), artifacts: [] });
    }
  }

  #conclude(live: LiveAttempt, outcome: WorkerOutcome | null): void {
    live.state = 'ended';
    live.stay();
    if (outcome === null || live.abandoned) void this.#drop(live);
    else {
      live.outcome = outcome;
      this.#report(live);
    }
    this.#hooks.changed();
    this.pump();
  }

  /** Without a time it leaves only when it has not started, or when all must. */
  #drain(live: LiveAttempt, message: string, leftMs: number | undefined, all = false): void {
    if (live.state === 'queued') this.#stop(live, 'preempt', message);
    if (live.state !== 'running') return;
    if (leftMs === undefined && !all) {
      live.stay();
      return;
    }
    live.leave(message, leftMs, () => this.#stop(live, 'preempt', `${message}; its time to leave was over`));
  }

  #stop(live: LiveAttempt, reason: StopReason, message: string): void {
    if (live.state === 'ended') return;
    const first = live.stop(reason, message);
    const stop = new Stop(reason, message);
    if (!first && stop.hard) this.#deps.sandbox.kill(attemptKey(live.ref));
    if (live.state === 'queued') this.#conclude(live, outcomeOfStop(stop));
  }

  #abandon(live: LiveAttempt): void {
    live.abandoned = true;
    if (live.state === 'ended') void this.#drop(live);
    else this.#stop(live, 'abandon', 'the attempt is no longer this worker’s');
  }

  #report(live: LiveAttempt): void {
    if (live.outcome === undefined) return;
    live.sentAt = performance.now();
    this.#hooks.send({ type: 'outcome', attempt: live.ref, outcome: live.outcome });
  }

  async #reupload(live: LiveAttempt, message: string): Promise<void> {
    live.reuploads += 1;
    try {
      if (live.reuploads > MAX_REUPLOADS) throw new Error(message);
      await uploadAgain(this.#deps.api, live.ref, live.folder, live.stopping.signal);
    } catch (error) {
      live.outcome = { status: 'failed', error: toFault(error), artifacts: [] };
    }
    this.#report(live);
  }

  async #drop(live: LiveAttempt): Promise<void> {
    this.#live.delete(live.ref.nonce);
    this.#hooks.changed();
    if (!live.hasFolder) return;
    await removeFolder(live.folder).catch((error: unknown) => {
      this.#deps.log('warn', 'a work folder stays behind', { folder: live.folder, error: String(error) });
    });
  }
}
