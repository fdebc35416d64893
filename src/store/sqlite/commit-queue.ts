import type { Clock } from '../job-store.ts';
import type { RunVerb, VerbAnswer, VerbArgs, VerbName } from '../verbs.ts';
import { decodeAnswer, encodeCall } from './verb-wire.ts';
import { decodeError, type Group, type GroupReply, type Reply, type VerbCall } from './wire.ts';

/** Texts and items of one group at most, so that none waits long behind another's bulk. */
const MAX_WEIGHT = 4000;

/** How long a claim may ride before it is written for its own sake. */
const RIDE_MS = 20;
const RETRY_MS = 1000;

interface Pending {
  readonly call: VerbCall;
  readonly weight: number;
  settle(reply: Reply): void;
  fail(error: unknown): void;
}

/** Group commit: while one group is on its way the next gathers. */
export class CommitQueue {
  readonly #send: (group: Group) => Promise<GroupReply>;
  readonly #clock: Clock;
  readonly #committed: (seq: number) => void;
  #pending: Pending[] = [];
  #busy: Promise<void> | null = null;
  #lastSeq = 0;
  #unwritten = false;
  #later: NodeJS.Timeout | undefined;

  constructor(send: (group: Group) => Promise<GroupReply>, clock: Clock, committed: (seq: number) => void) {
    this.#send = send;
    this.#clock = clock;
    this.#committed = committed;
  }

  readonly run: RunVerb = <K extends VerbName>(verb: K, args: VerbArgs<K>) => {
    return new Promise<VerbAnswer<K>>((resolve, reject) => {
      const call = encodeCall(verb, args);
      const settle = (reply: Reply): void => {
        if (reply.ok) resolve(decodeAnswer(verb, args, reply.answer, reply.jobs));
        else reject(decodeError(reply.error));
      };
      this.#pending.push({ call, weight: weightOf(call), settle, fail: reject });
      this.#busy ??= this.#drain();
    });
  };

  /** Resolves when the file has all that was answered so far. */
  async written(): Promise<void> {
    if (!this.#unwritten) return;
    await new Promise<void>((resolve, reject) => {
      const settle = (reply: Reply): void => (reply.ok ? resolve() : reject(decodeError(reply.error)));
      this.#pending.push({ call: { verb: 'flush', args: [] }, weight: 1, settle, fail: reject });
      this.#busy ??= this.#drain();
    });
  }

  /** Resolves when nothing is left to commit. */
  async idle(): Promise<void> {
    while (this.#busy !== null) await this.#busy;
  }

  async #drain(): Promise<void> {
    // A turn of the microtask queue: what was asked in the same breath goes together.
    await null;
    while (this.#pending.length > 0) await this.#commit(this.#take());
    this.#busy = null;
  }

  /** What nothing durable follows is written by itself after a while. */
  #remember(unwritten: boolean, ok: boolean): void {
    this.#unwritten = unwritten;
    if (unwritten && this.#later !== undefined) return;
    clearTimeout(this.#later);
    this.#later = undefined;
    if (unwritten) this.#later = setTimeout(() => this.#writeLate(), ok ? RIDE_MS : RETRY_MS);
  }

  #writeLate(): void {
    this.#later = undefined;
    this.written().catch(() => {});
  }

  #take(): Pending[] {
    let weight = 0;
    let count = 0;
    for (const item of this.#pending) {
      weight += item.weight;
      if (count > 0 && weight > MAX_WEIGHT) break;
      count += 1;
    }
    return this.#pending.splice(0, count);
  }

  async #commit(group: readonly Pending[]): Promise<void> {
    try {
      const { replies, last_seq, unwritten } = await this.#send({
        now: this.#clock.now(),
        calls: group.map((item) => item.call),
      });
      this.#remember(
        unwritten,
        replies.every((reply) => reply.ok),
      );
      for (const [index, item] of group.entries()) {
        const reply = replies[index];
        if (reply !== undefined) item.settle(reply);
      }
      if (last_seq > this.#lastSeq) {
        this.#lastSeq = last_seq;
        this.#committed(last_seq);
      }
    } catch (error) {
      for (const item of group) item.fail(error);
    }
  }
}

function weightOf({ args, texts }: VerbCall): number {
  const [first] = args;
  return 1 + (texts?.length ?? 0) + (Array.isArray(first) ? first.length : 0);
}
