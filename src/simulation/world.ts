import type { LeaseFigures } from '../core/lease.ts';
import type { Orchestrator } from '../orchestrator/orchestrator.ts';
import type { AttemptRef } from '../protocol/attempt.ts';
import type { OrchestratorMessage } from '../protocol/channel.ts';
import type { JobId, WorkerId } from '../protocol/ids.ts';
import type { VerbAnswer, VerbArgs, VerbName } from '../store/verbs.ts';
import type { BlobModel } from './blob-model.ts';
import type { Ledger } from './ledger.ts';
import type { Profile } from './profile.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { StoreModel } from './store-model.ts';
import type { Trace } from './trace.ts';
import type { Actor, VirtualTime } from './virtual-time.ts';

/** A verb of the store at the moment it took effect, as the orchestrator that called it sees it. */
export interface VerbSeen<K extends VerbName = VerbName> {
  readonly actor: Actor;
  readonly verb: K;
  readonly args: VerbArgs<K>;
  readonly answer: VerbAnswer<K>;
  readonly now: number;
}

/** An attempt whose code really runs on a machine. */
export interface Execution {
  readonly ref: AttemptRef;
  readonly worker: WorkerId;
  readonly actor: Actor;
  /** The store lost its claim with a suffix of writes, or its worker slept past its own deadline: it may overlap until then. */
  excusedUntil: number;
}

/** A fenced write that was accepted. */
export interface WriteSeen {
  readonly kind: 'log' | 'artifact' | 'checkpoint';
  readonly ref: AttemptRef;
  /** Whether the attempt held the job at some moment of the call. */
  readonly held: boolean;
  /** of the log after the chunk, or of the file */
  readonly length: number;
}

/** Where observers of the world are told of what it does. */
export interface Watch {
  verb<K extends VerbName>(seen: VerbSeen<K>): void;
  /** Runs a fenced write inside the orchestrator and notes whether its attempt held the job meanwhile. */
  fenced<T extends { readonly length: number }>(
    kind: WriteSeen['kind'],
    ref: AttemptRef,
    write: () => Promise<T>,
  ): Promise<T>;
  /** An orchestrator sent this to a worker. */
  told(message: OrchestratorMessage): void;
  began(execution: Execution): void;
  rewound(): void;
  fail(invariant: string, detail: string): void;
}

/** An orchestrator process as the rest of the world meets it. */
export interface Host {
  readonly actor: Actor;
  readonly face: Orchestrator;
}

export interface World {
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly trace: Trace;
  readonly lease: LeaseFigures;
  readonly store: StoreModel;
  readonly blobs: BlobModel;
  readonly ledger: Ledger;
  readonly watch: Watch;
  readonly profile: Profile;
  /** Faults are injected only while this holds. */
  faulty: boolean;
  readonly executions: Map<JobId, Set<Execution>>;
  readonly commitListeners: Set<(seq: number) => void>;
  /** How far a worker's wall clock is off, in milliseconds. */
  wallSkewOf(id: WorkerId): number;
  count(fault: string): void;
  /** A process to talk to; the caller's luck decides among several. */
  chooseHost(): Host | null;
}
