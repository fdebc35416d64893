import type { Invariant } from './invariant.ts';
import { acknowledged, oneJobPerKey } from './invariants/acknowledged.ts';
import { visibleArtifacts } from './invariants/artifacts.ts';
import { resumePointer } from './invariants/checkpoints.ts';
import { dependencies } from './invariants/dependencies.ts';
import { eventLog } from './invariants/events.ts';
import { confirmedCancel, oneExecution } from './invariants/executions.ts';
import { fencedArtifacts, fencedLogs, fencedVerbs, wholeLogs } from './invariants/fences.ts';
import { wholeGroups } from './invariants/groups.ts';
import { epochs, noLeaseAfterEnd, stateDiagram, terminalStates } from './invariants/job-states.ts';
import { oneLeader } from './invariants/leaders.ts';
import { cancelRides, oneOutcome, patience } from './invariants/outcomes.ts';
import { keptPlace, rankFormula, waitBound } from './invariants/ranks.ts';
import { capacity, holds } from './invariants/reservations.ts';

/** Everything that must hold after every step, whatever fails. */
export const INVARIANTS: readonly Invariant[] = [
  terminalStates,
  stateDiagram,
  noLeaseAfterEnd,
  epochs,
  oneOutcome,
  fencedVerbs,
  fencedLogs,
  fencedArtifacts,
  wholeLogs,
  patience,
  cancelRides,
  oneExecution,
  confirmedCancel,
  capacity,
  holds,
  rankFormula,
  keptPlace,
  waitBound,
  visibleArtifacts,
  resumePointer,
  eventLog,
  oneLeader,
  dependencies,
  wholeGroups,
  acknowledged,
  oneJobPerKey,
];
