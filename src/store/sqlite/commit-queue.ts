import type { Clock } from '../job-store.ts';
import type { RunVerb, VerbAnswer, VerbArgs, VerbName } from '../verbs.ts';
import { decodeAnswer, encodeCall } from './verb-wire.ts';
import { decodeError, type Group, type GroupReply, type Reply, type VerbCall } from './wire.ts';

/** Texts and items of one group at most, so that none waits long behind another's bulk. */
const MAX_WEIGHT = 4000;

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
      const { replies, last_seq } = await this.#send({
        now: this.#clock.now(),
        calls: group.map((item) => item.call),
      });
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
