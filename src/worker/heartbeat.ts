export interface LeaseTerms {
  readonly beat_ms: number;
  readonly lease_ms: number;
  readonly kill_after_ms: number;
}

export interface HeartbeatHooks {
  beat(seq: number): void;
  /** Two beats went unanswered: the connection is dead though nobody closed it. */
  deaf(): void;
  /** Nothing was heard for so long that the attempts must be dead when `kill_after_ms` is over. */
  fence(): void;
}

/** Early beats when progress changed, at most this often. */
const EARLY_MS = 250;

/**
 * Keeps the lease (C3). The worker counts its silence from the moment it *sent* the last beat that was answered, and
 * the orchestrator from the moment it received it, so the worker always gives up first. All by the monotonic clock.
 */
export class Heartbeat {
  readonly #hooks: HeartbeatHooks;
  readonly #sent = new Map<number, number>();
  #terms: LeaseTerms = { beat_ms: 10_000, lease_ms: 30_000, kill_after_ms: 45_000 };
  #heardAt = Number.NEGATIVE_INFINITY;
  #seq = 0;
  #beatAt = 0;
  #beating = false;
  #beatTimer: NodeJS.Timeout | undefined;
  #fenceTimer: NodeJS.Timeout | undefined;

  constructor(hooks: HeartbeatHooks) {
    this.#hooks = hooks;
  }

  /** A session began; its hello, which listed the live attempts, counts as answered. */
  begin(terms: LeaseTerms, helloSentAt: number): void {
    this.#terms = terms;
    this.#sent.clear();
    this.#beating = true;
    this.#beatAt = performance.now();
    this.#heard(helloSentAt);
    this.#schedule(terms.beat_ms);
  }

  answered(seq: number): void {
    const sentAt = this.#sent.get(seq);
    if (sentAt === undefined) return;
    for (const each of this.#sent.keys()) if (each <= seq) this.#sent.delete(each);
    this.#heard(sentAt);
  }

  /** Whether new work may begin. */
  get fresh(): boolean {
    return performance.now() - this.#heardAt < this.#terms.lease_ms;
  }

  hurry(): void {
    if (!this.#beating) return;
    const since = performance.now() - this.#beatAt;
    this.#schedule(Math.max(0, Math.min(EARLY_MS, this.#terms.beat_ms) - since));
  }

  /** The connection is gone; the lease runs on. */
  pause(): void {
    this.#beating = false;
    this.#sent.clear();
    clearTimeout(this.#beatTimer);
  }

  stop(): void {
    this.pause();
    clearTimeout(this.#fenceTimer);
  }

  #schedule(ms: number): void {
    clearTimeout(this.#beatTimer);
    this.#beatTimer = setTimeout(() => this.#beat(), ms);
  }

  #beat(): void {
    const now = performance.now();
    const [oldest = now] = this.#sent.values();
    if (now - oldest > 2 * this.#terms.beat_ms) {
      this.#hooks.deaf();
      return;
    }
    this.#beatAt = now;
    this.#seq += 1;
    this.#sent.set(this.#seq, now);
    this.#schedule(this.#terms.beat_ms);
    this.#hooks.beat(this.#seq);
  }

  #heard(at: number): void {
    this.#heardAt = Math.max(this.#heardAt, at);
    clearTimeout(this.#fenceTimer);
    const { lease_ms, kill_after_ms } = this.#terms;
    // Killing takes time too: it begins early enough to be over by then.
    const allowance = Math.min(5000, (kill_after_ms - lease_ms) / 2);
    const left = this.#heardAt + kill_after_ms - allowance - performance.now();
    this.#fenceTimer = setTimeout(() => this.#hooks.fence(), Math.max(0, left));
  }
}
