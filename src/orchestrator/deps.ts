import type { BlobStore } from '../blobs/blob-store.ts';
import type { LeaseFigures } from '../core/lease.ts';
import type { Manifest } from '../protocol/manifest.ts';
import type { Store } from '../store/record-store.ts';

/** Time, as the orchestrator knows it: injected, so that a simulation can drive the same code. */
export interface Time {
  /** Unix milliseconds; never falls while the process lives. */
  now(): number;
  /** Calls back once after `ms`; answers the cancel function. */
  after(ms: number, run: () => void): () => void;
}

export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Everything the control plane is given from outside. */
export interface Deps {
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly catalogue: readonly Manifest[];
  readonly lease: LeaseFigures;
  readonly time: Time;
  /** cryptographic random bytes */
  randomBytes(size: number): Uint8Array;
  /** uniform in [0, 1) */
  jitter(): number;
  readonly log: Log;
}
