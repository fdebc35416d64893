import { createOrchestrator } from '../orchestrator/control-plane.ts';
import type { Log } from '../orchestrator/deps.ts';
import type { Orchestrator } from '../orchestrator/orchestrator.ts';
import { HiveError } from '../protocol/errors.ts';
import { openBlobFace } from './blob-face.ts';
import { simModule } from './job-plan.ts';
import { lead } from './leader-model.ts';
import { openStoreFace } from './store-face.ts';
import { type Actor, actorOf } from './virtual-time.ts';
import type { Host, World } from './world.ts';

/** Stands between the world and the product's orchestrator; a mutant is one. */
export type WrapFace = (face: Orchestrator, world: World) => Orchestrator;

/** One process of the product's real control plane. It dies at any await: whatever it waits for then never comes. */
export class OrchestratorProcess implements Host {
  readonly actor: Actor;
  readonly face: Orchestrator;
  readonly #forget: () => Promise<void>;

  constructor(world: World, name: string, wrap: WrapFace | undefined) {
    this.actor = actorOf(name);
    const { actor } = this;
    const random = world.random.fork();
    const skew = random.whole(-3000, 3000);
    const store = openStoreFace(world, actor);
    this.#forget = () => store.close();
    const face = createOrchestrator({
      store,
      blobs: openBlobFace(world, actor),
      catalogue: [simModule],
      lease: world.lease,
      time: {
        now: () => world.time.now() + skew,
        after: (ms, run) => world.time.after(Math.ceil(ms), actor, run),
      },
      randomBytes: (size) => random.bytes(size),
      jitter: () => random.next(),
      log: logInto(world, name),
    });
    this.face = wrap?.(face, world) ?? face;
    world.trace.write(name, 'starts');
    void this.face.start();
    if (world.profile.leaders) lead(world, actor, store);
  }

  /** kill -9 */
  die(): void {
    this.actor.alive = false;
    void this.#forget();
  }

  /** SIGTERM */
  async stop(): Promise<void> {
    await this.face.stop();
    this.die();
  }
}

/** An error that no fault explains is a bug of the product. */
function logInto(world: World, name: string): Log {
  const errorOf = (fields: object): unknown => ('err' in fields ? fields.err : null);
  return {
    info() {},
    warn: (_fields, message) => world.trace.write(name, message),
    error(fields, message) {
      const error = errorOf(fields);
      world.trace.write(name, `${message}: ${String(error)}`);
      if (error instanceof HiveError && error.code === 'store_unavailable') return;
      world.watch.fail(
        'no unexpected error',
        error instanceof Error ? (error.stack ?? error.message) : message,
      );
    },
  };
}
