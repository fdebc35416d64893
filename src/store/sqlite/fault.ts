import type { JobId } from '../../protocol/ids.ts';
import type { RecordKind } from '../../protocol/records.ts';

/** Something a verb must see that only the file has. */
export type Need =
  | { readonly kind: 'jobs'; readonly ids: readonly JobId[] }
  | { readonly kind: 'numbers'; readonly ns: readonly number[] }
  | { readonly kind: 'ended'; readonly before: number; readonly limit: number }
  | { readonly kind: 'idempotency'; readonly keys: readonly string[] }
  | { readonly kind: 'record'; readonly record: RecordKind; readonly id: string }
  | { readonly kind: 'events'; readonly before: number };

/** Thrown out of a verb like a page fault: it is undone, the need is fetched, and the verb runs again. */
export class Fault extends Error {
  readonly need: Need;

  constructor(need: Need) {
    super(`the file must be read first: ${need.kind}`);
    this.need = need;
  }
}
