import type { MemoryTables } from '../store/memory/memory-tables.ts';
import type { VerbName } from '../store/verbs.ts';
import type { WrapFace } from './orchestrator-process.ts';
import type { ApplyVerb } from './store-model.ts';
import type { World } from './world.ts';

/** A bug planted around the product, never in it: the simulation must find each. */
export interface Mutant {
  readonly name: string;
  readonly makeTables?: () => MemoryTables;
  readonly apply?: (world: () => World) => ApplyVerb;
  readonly wrapFace?: WrapFace;
  readonly syncs?: (verb: VerbName) => boolean;
}
