import { isTerminal } from '../../protocol/job-state.ts';
import type { Invariant } from '../invariant.ts';

/** C5: visible with the outcome that names them, and their bytes are there. */
export const visibleArtifacts: Invariant = {
  name: 'artifacts appear with their manifest, bytes and all',
  watch({ world, known }, fail) {
    const manifests = new Map<string, string>();
    const bytesOf = (): void => {
      for (const job of known.values())
        for (const { name, sha256, size } of job.artifacts)
          if (world.blobs.content.get(sha256)?.length !== size)
            fail(`the bytes of ${name} of ${job.id} are gone`);
    };
    return {
      verb(seen) {
        if (seen.verb !== 'settle') return;
        for (const [index, { attempt, outcome }] of seen.args[0].entries()) {
          if (seen.answer[index]?.kind !== 'committed') continue;
          const manifest = 'artifacts' in outcome ? outcome.artifacts : [];
          manifests.set(attempt.job_id, manifest.map(({ name, sha256 }) => `${name} ${sha256}`).join());
        }
      },
      change(before, after) {
        if (before?.artifacts === after.artifacts || after.artifacts.length === 0) return;
        const shown = after.artifacts.map(({ name, sha256 }) => `${name} ${sha256}`).join();
        if (!isTerminal(after.status.state)) fail(`${after.id} is ${after.status.state} and shows ${shown}`);
        else if (manifests.get(after.id) !== shown)
          fail(`${after.id} shows ${shown}, which no outcome named`);
        for (const { name, sha256, size } of after.artifacts)
          if (world.blobs.content.get(sha256)?.length !== size) fail(`${name} of ${after.id} has no bytes`);
      },
      rewound: bytesOf,
      end: bytesOf,
    };
  },
};
