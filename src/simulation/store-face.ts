import { HiveError } from '../protocol/errors.ts';
import { jobStoreOver, Listeners, recordStoreOver } from '../store/face.ts';
import { memoryReads } from '../store/memory/memory-reads.ts';
import type { RunRead } from '../store/reads.ts';
import type { Store } from '../store/record-store.ts';
import type { RunVerb, VerbAnswer, VerbArgs, VerbName } from '../store/verbs.ts';
import type { Actor } from './virtual-time.ts';
import type { World } from './world.ts';

type Fate = 'fast' | 'slow' | 'busy' | 'unavailable' | 'lost_reply';

/**
 * The store as one orchestrator process reaches it. Its changes take effect in the order they were asked for; each may
 * be slow, be refused, take effect and not be answered, or be the last thing the process did.
 */
export function openStoreFace(world: World, actor: Actor): Store {
  const listeners = new Listeners();
  const unsubscribe = tellOfCommits(world, actor, listeners);
  const line = new StoreLine(world, actor);
  const run: RunVerb = (verb, args) => line.write(verb, args);
  const read: RunRead = (name, args) =>
    line.read(() => {
      const call = memoryReads(world.store.tables)[name] as (
        ...given: typeof args
      ) => ReturnType<ReturnType<typeof memoryReads>[typeof name]>;
      return call(...args);
    });
  return {
    jobs: jobStoreOver(run, read, world.time, listeners),
    records: recordStoreOver(run, read),
    close: async () => unsubscribe(),
  };
}

function tellOfCommits(world: World, actor: Actor, listeners: Listeners): () => void {
  const tell = (seq: number): void => {
    const lost = world.faulty && world.random.chance(world.profile.store.lost_hint);
    if (lost) world.count('lost hint');
    else world.time.after(world.random.whole(0, 2), actor, () => listeners.tell(seq));
  };
  world.commitListeners.add(tell);
  return () => world.commitListeners.delete(tell);
}

class StoreLine {
  readonly #world: World;
  readonly #actor: Actor;
  #waiting = 0;
  #lastApply = 0;
  #lastReply = 0;

  constructor(world: World, actor: Actor) {
    this.#world = world;
    this.#actor = actor;
  }

  write<K extends VerbName>(verb: K, args: VerbArgs<K>): Promise<VerbAnswer<K>> {
    const fate = this.#drawFate();
    if (fate === 'unavailable') return this.#refuse();
    if (fate === 'fast' && this.#waiting === 0) {
      try {
        return Promise.resolve(this.#apply(verb, args));
      } catch (error) {
        return Promise.reject(error);
      }
    }
    return new Promise((resolve, reject) => {
      this.#waiting += 1;
      this.#soon('#lastApply', this.#delay(fate), this.#owner(), () => {
        this.#waiting -= 1;
        try {
          const answer = this.#apply(verb, args);
          const reply = fate === 'lost_reply' ? () => reject(gone()) : () => resolve(answer);
          this.#soon('#lastReply', this.#world.random.whole(0, 20), this.#actor, reply);
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  read<T>(answer: () => T): Promise<T> {
    const fate = this.#drawFate();
    if (fate === 'unavailable') return this.#refuse();
    if (fate === 'fast') return Promise.resolve(answer());
    return new Promise((resolve) => {
      this.#world.time.after(this.#delay(fate), this.#actor, () => {
        const value = answer();
        this.#world.time.after(this.#world.random.whole(0, 20), this.#actor, () => resolve(value));
      });
    });
  }

  #apply<K extends VerbName>(verb: K, args: VerbArgs<K>): VerbAnswer<K> {
    const { store, watch, time, commitListeners } = this.#world;
    const before = store.tables.log.last_seq;
    const answer = store.run(verb, args);
    watch.verb({ actor: this.#actor, verb, args, answer, now: time.now() });
    const seq = store.tables.log.last_seq;
    if (seq > before) for (const tell of commitListeners) tell(seq);
    return answer;
  }

  /** Bytes that left a process arrive though it died or sleeps; what it still held does not. */
  #owner(): Actor | null {
    return this.#world.random.chance(0.5) ? this.#actor : null;
  }

  /** Neither changes nor replies overtake one another. */
  #soon(last: '#lastApply' | '#lastReply', ms: number, owner: Actor | null, run: () => void): void {
    const { time } = this.#world;
    const before = last === '#lastApply' ? this.#lastApply : this.#lastReply;
    const at = Math.max(before, time.now() + ms);
    if (last === '#lastApply') this.#lastApply = at;
    else this.#lastReply = at;
    time.after(at - time.now(), owner, run);
  }

  #refuse(): Promise<never> {
    this.#world.count('store unavailable');
    return new Promise((_, reject) => {
      this.#world.time.after(this.#world.random.whole(0, 50), this.#actor, () => reject(gone()));
    });
  }

  #delay(fate: Fate): number {
    return fate === 'busy' ? this.#world.random.whole(1000, 15_000) : this.#world.random.whole(0, 60);
  }

  #drawFate(): Fate {
    const { random, profile, faulty } = this.#world;
    if (!faulty) return 'fast';
    const draw = random.next();
    const { unavailable, lost_reply, busy, slow } = profile.store;
    if (draw < unavailable) return 'unavailable';
    if (draw < unavailable + lost_reply) {
      this.#world.count('store reply lost');
      return 'lost_reply';
    }
    if (draw < unavailable + lost_reply + busy) {
      this.#world.count('store busy');
      return 'busy';
    }
    return draw < unavailable + lost_reply + busy + slow ? 'slow' : 'fast';
  }
}

/** What SQLite's thread and a lost connection to Redis both become. */
const gone = (): HiveError => new HiveError('store_unavailable', 'the store does not answer (simulated)');
