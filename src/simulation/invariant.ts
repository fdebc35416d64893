import type { JobRecord } from '../core/job.ts';
import type { JobId } from '../protocol/ids.ts';
import type { VerbName } from '../store/verbs.ts';
import type { Execution, VerbSeen, World, WriteSeen } from './world.ts';

export type AnyVerbSeen = { readonly [K in VerbName]: VerbSeen<K> }[VerbName];

/** What an invariant may look at. */
export interface Scene {
  readonly world: World;
  /** Every job as it stood before the verb that is being told of; after it, as it stands. */
  readonly known: ReadonlyMap<JobId, JobRecord>;
  /** Attempts whose claim a loss of power took back, and until when they may go on unknown to the store. */
  readonly forgotten: ReadonlyMap<string, number>;
}

export interface Hooks {
  /** A verb took effect; `known` is from before. */
  verb?(seen: AnyVerbSeen): void;
  change?(before: JobRecord | null, after: JobRecord): void;
  write?(seen: WriteSeen): void;
  began?(execution: Execution): void;
  /** The store lost a suffix of its changes. */
  rewound?(): void;
  /** After every step of the world. */
  step?(): void;
  /** After the faults stopped and everything had time to finish. */
  end?(): void;
}

export interface Invariant {
  readonly name: string;
  watch(scene: Scene, fail: (detail: string) => void): Hooks;
}
