import type { BlobStore } from '../blobs/blob-store.ts';
import { HiveError } from '../protocol/errors.ts';
import type { Actor } from './virtual-time.ts';
import type { World } from './world.ts';

/** The blobs as one orchestrator process reaches them: slow at times, full at times, cut off by its death. */
export function openBlobFace(world: World, actor: Actor): BlobStore {
  const blobs: BlobStore = world.blobs;
  const call = <T>(work: () => Promise<T>): Promise<T> => {
    const { random, profile, faulty, time } = world;
    const draw = random.next();
    if (!faulty || draw > profile.store.unavailable + profile.store.slow) return work();
    const refused = draw < profile.store.unavailable;
    if (refused) world.count('blobs full');
    return new Promise((resolve, reject) => {
      time.after(random.whole(0, 40), actor, () => {
        if (refused) return reject(new HiveError('store_unavailable', 'the disk is full (simulated)'));
        const done = (settle: () => void): void => void time.after(random.whole(0, 40), actor, settle);
        work().then(
          (value) => done(() => resolve(value)),
          (error: unknown) => done(() => reject(error)),
        );
      });
    });
  };
  return {
    write: (...args) => call(() => blobs.write(...args)),
    stage: (...args) => call(() => blobs.stage(...args)),
    promote: (...args) => call(() => blobs.promote(...args)),
    staged: (...args) => call(() => blobs.staged(...args)),
    readStaged: (...args) => call(() => blobs.readStaged(...args)),
    listStaged: (...args) => call(() => blobs.listStaged(...args)),
    unstage: (...args) => call(() => blobs.unstage(...args)),
    size: (...args) => call(() => blobs.size(...args)),
    read: (...args) => call(() => blobs.read(...args)),
    remove: (...args) => call(() => blobs.remove(...args)),
    append: (...args) => call(() => blobs.append(...args)),
    length: (...args) => call(() => blobs.length(...args)),
    readAppended: (...args) => call(() => blobs.readAppended(...args)),
    removeAppended: (...args) => call(() => blobs.removeAppended(...args)),
  };
}
