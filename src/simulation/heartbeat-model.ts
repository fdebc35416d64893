import type { LeaseFigures } from '../core/lease.ts';

type Terms = Pick<LeaseFigures, 'beat_ms' | 'lease_ms' | 'kill_after_ms'>;

export interface HeartbeatHooks {
  /** by the worker's own monotonic clock */
  now(): number;
  after(ms: number, run: () => void): () => void;
  beat(seq: number): void;
  deaf(): void;
  fence(): void;
}

const EARLY_MS = 250;
const none = (): void => {};

/** The rules of the product's heartbeat (C3), on the worker's simulated clock. */
export class HeartbeatModel {
  readonly #hooks: HeartbeatHooks;
  readonly #sent = new Map<number, number>();
  #terms: Terms = { beat_ms: 10_000, lease_ms: 30_000, kill_after_ms: 45_000 };
  #heardAt = Number.NEGATIVE_INFINITY;
  #seq = 0;
  #beatAt = 0;
  #beating = false;
  #cancelBeat = none;
  #cancelFence = none;

  constructor(hooks: HeartbeatHooks) {
    this.#hooks = hooks;
  }

  begin(terms: Terms, helloSentAt: number): void {
    this.#terms = terms;
    this.#sent.clear();
    this.#beating = true;
    this.#beatAt = this.#hooks.now();
    this.#heard(helloSentAt);
    this.#schedule(terms.beat_ms);
  }

  answered(seq: number): void {
    const sentAt = this.#sent.get(seq);
    if (sentAt === undefined) return;
    for (const each of [...this.#sent.keys()]) if (each <= seq) this.#sent.delete(each);
    this.#heard(sentAt);
  }

  get fresh(): boolean {
    return this.#hooks.now() - this.#heardAt < this.#terms.lease_ms;
  }

  hurry(): void {
    if (!this.#beating) return;
    this.#schedule(Math.max(0, EARLY_MS - (this.#hooks.now() - this.#beatAt)));
  }

  pause(): void {
    this.#beating = false;
    this.#sent.clear();
    this.#cancelBeat();
  }

  #schedule(ms: number): void {
    this.#cancelBeat();
    this.#cancelBeat = this.#hooks.after(ms, () => this.#beat());
  }

  #beat(): void {
    const now = this.#hooks.now();
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
    this.#cancelFence();
    const { lease_ms, kill_after_ms } = this.#terms;
    const allowance = Math.min(5000, (kill_after_ms - lease_ms) / 2);
    const left = this.#heardAt + kill_after_ms - allowance - this.#hooks.now();
    this.#cancelFence = this.#hooks.after(Math.max(0, left), () => this.#hooks.fence());
  }
}
