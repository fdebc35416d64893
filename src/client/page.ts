import type { Query, Transport } from './transport.ts';

/** One page of a list. */
export interface Page<T> {
  readonly data: T[];
  readonly next_cursor: string | null;
  readonly has_more: boolean;
}

/** A list that is one page when awaited (`page()`), and all its items over all pages when iterated. */
export interface Listing<T> extends AsyncIterable<T> {
  page(): Promise<Page<T>>;
}

export function listing<T>(
  transport: Transport,
  path: string,
  query: Query,
  signal?: AbortSignal,
): Listing<T> {
  const read = (cursor: string | undefined): Promise<Page<T>> =>
    transport.json<Page<T>>(path, {
      query: { ...query, ...(cursor !== undefined && { cursor }) },
      ...(signal && { signal }),
    });
  return {
    page: () => read(undefined),
    async *[Symbol.asyncIterator]() {
      let cursor: string | undefined;
      do {
        const page = await read(cursor);
        yield* page.data;
        cursor = page.has_more ? (page.next_cursor ?? undefined) : undefined;
      } while (cursor !== undefined);
    },
  };
}
