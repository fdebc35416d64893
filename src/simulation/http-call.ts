import type { Orchestrator } from '../orchestrator/orchestrator.ts';
import type { NetworkLine } from './network-line.ts';
import type { Actor } from './virtual-time.ts';
import type { World } from './world.ts';

/** The call got no answer: it may have been done or not. */
class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** How long a caller waits for an answer. */
const SILENCE_MS = 30_000;

/**
 * One HTTP call: the request or its reply may get lost, and a proxy in between may send the request again, at once or
 * long after. Nothing orders it with the worker's socket.
 */
export function callOverHttp<T>(
  world: World,
  line: NetworkLine,
  caller: Actor,
  work: (face: Orchestrator) => Promise<T>,
): Promise<T> {
  const { time, random, profile, faulty } = world;
  const happens = (probability: number, name: string): boolean => {
    const does = faulty && random.chance(probability);
    if (does) world.count(name);
    return does;
  };
  return new Promise((resolve, reject) => {
    const host = world.chooseHost();
    const patience = time.after(SILENCE_MS, caller, () => reject(new NoAnswer('no answer in time')));
    if (host === null) {
      patience();
      time.after(line.latency(), caller, () => reject(new NoAnswer('nobody listens')));
      return;
    }
    const answer = (settle: () => void): void => {
      if (happens(profile.http.lost, 'http reply lost')) return;
      time.after(line.latency() + line.heldFor('down'), caller, () => {
        patience();
        settle();
      });
    };
    const arrive = (): void => {
      work(host.face).then(
        (value) => answer(() => resolve(value)),
        (error: unknown) => answer(() => reject(error)),
      );
    };
    if (happens(profile.http.lost, 'http request lost')) return;
    const late = happens(profile.http.late, 'http request late') ? random.whole(1000, 120_000) : 0;
    time.after(line.latency() + line.heldFor('up') + late, host.actor, arrive);
    if (happens(profile.http.twice, 'http request twice'))
      time.after(line.latency() + line.heldFor('up') + random.whole(0, 90_000), host.actor, arrive);
  });
}
