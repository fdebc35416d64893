import { describe } from 'vitest';
import { attemptClauses } from './conformance/attempts.ts';
import { breakerClauses } from './conformance/breaker.ts';
import { cancelClauses } from './conformance/cancel.ts';
import { checkpointClauses } from './conformance/checkpoints.ts';
import { dependencyClauses } from './conformance/dependencies.ts';
import type { OpenStore } from './conformance/fixture.ts';
import { groupClauses } from './conformance/groups.ts';
import { historyClauses } from './conformance/history.ts';
import { limitClauses } from './conformance/limits.ts';
import { listClauses } from './conformance/lists.ts';
import { partitionClauses } from './conformance/partition.ts';
import { prefetchClauses } from './conformance/prefetch.ts';
import { recordClauses } from './conformance/records.ts';
import { submitClauses } from './conformance/submit.ts';
import { sweepClauses } from './conformance/sweep.ts';
import { workerClauses } from './conformance/workers.ts';

/** What every store does alike; each test names the clause of the contract that it holds. */
export function storeConformance(name: string, open: OpenStore): void {
  describe(`store conformance: ${name}`, () => {
    submitClauses(open);
    attemptClauses(open);
    checkpointClauses(open);
    breakerClauses(open);
    cancelClauses(open);
    sweepClauses(open);
    partitionClauses(open);
    prefetchClauses(open);
    workerClauses(open);
    limitClauses(open);
    dependencyClauses(open);
    groupClauses(open);
    listClauses(open);
    historyClauses(open);
    recordClauses(open);
  });
}
