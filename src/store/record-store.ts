import type { RecordKind, RecordOf } from '../protocol/records.ts';

export interface Versioned<T> {
  readonly id: string;
  /** Rises by one with each put. */
  readonly version: number;
  readonly value: T;
}

export interface RecordPage<T> {
  readonly records: readonly Versioned<T>[];
  readonly next: string | null;
}

export type PutResult =
  | { readonly kind: 'stored'; readonly version: number }
  | { readonly kind: 'version_conflict'; readonly version: number }
  /** Somebody else holds the role now. */
  | { readonly kind: 'role_lost'; readonly token: number };

/** Proof of a role that `holdRole` gave: what is written under it is refused once somebody else holds it. */
export interface RoleToken {
  readonly name: string;
  readonly token: number;
}

export interface RecordQuery {
  /** An index of the kind and the value it must equal; without it, all of the kind. */
  readonly where?: { readonly index: string; readonly equals: string } | undefined;
  /** Ids are listed in order; the page starts after this one. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** Everything that is not a job: documents by kind, each kind with a schema and declared indexes (protocol/records.ts). */
export interface RecordStore {
  get<K extends RecordKind>(kind: K, id: string): Promise<Versioned<RecordOf<K>> | null>;
  /** `expected` 0 means it must not exist yet; undefined overwrites whatever is there. */
  put<K extends RecordKind>(
    kind: K,
    id: string,
    value: RecordOf<K>,
    expected?: number,
    role?: RoleToken,
  ): Promise<PutResult>;
  list<K extends RecordKind>(kind: K, query: RecordQuery): Promise<RecordPage<RecordOf<K>>>;
  remove(kind: RecordKind, id: string): Promise<boolean>;
}

export interface Store {
  readonly jobs: import('./job-store.ts').JobStore;
  readonly records: RecordStore;
  close(): Promise<void>;
}
