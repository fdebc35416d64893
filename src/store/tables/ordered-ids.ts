const CHUNK = 256;

interface Entry<I> {
  readonly order: number;
  readonly id: I;
}

const isBefore = <I>(a: Entry<I>, order: number, id: I): boolean =>
  a.order < order || (a.order === order && a.id < id);

/** Ids by (order, id) in chunks that split at twice their size, so that a million entries stay cheap to change. */
export class OrderedIds<I extends string | number> {
  readonly #chunks: Entry<I>[][] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(order: number, id: I): void {
    const at = this.#chunkFor(order, id);
    const chunk = this.#chunks[at];
    this.#size += 1;
    if (chunk === undefined) {
      this.#chunks.push([{ order, id }]);
      return;
    }
    chunk.splice(place(chunk, order, id), 0, { order, id });
    if (chunk.length > 2 * CHUNK) this.#chunks.splice(at + 1, 0, chunk.splice(CHUNK));
  }

  remove(order: number, id: I): void {
    const at = this.#chunkFor(order, id);
    const chunk = this.#chunks[at];
    if (chunk === undefined) return;
    const index = place(chunk, order, id);
    const entry = chunk[index];
    if (entry === undefined || entry.order !== order || entry.id !== id) return;
    // Queues are taken from their heads.
    if (index === 0) chunk.shift();
    else chunk.splice(index, 1);
    this.#size -= 1;
    if (chunk.length === 0) this.#chunks.splice(at, 1);
  }

  /** How many entries lie before this one. */
  rank(order: number, id: I): number {
    const at = this.#chunkFor(order, id);
    let before = 0;
    for (let index = 0; index < at; index += 1) before += this.#chunks[index]?.length ?? 0;
    return before + place(this.#chunks[at] ?? [], order, id);
  }

  first(): Entry<I> | null {
    return this.#chunks[0]?.[0] ?? null;
  }

  firstAfter(order: number): number | null {
    for (const chunk of this.#chunks) {
      if ((chunk.at(-1)?.order ?? order) > order) {
        return chunk.find((entry) => entry.order > order)?.order ?? null;
      }
    }
    return null;
  }

  /** At most `limit` ids with an order of at most `until`. */
  take(limit: number, until = Number.POSITIVE_INFINITY): I[] {
    const taken: I[] = [];
    for (const chunk of this.#chunks) {
      for (const entry of chunk) {
        if (taken.length >= limit || entry.order > until) return taken;
        taken.push(entry.id);
      }
    }
    return taken;
  }

  /** From the last entry, or from the one before `id`, back to the first; for lists whose order is 0 throughout. */
  *backwards(id?: I): Generator<I> {
    const start = id === undefined ? this.#chunks.length - 1 : this.#chunkFor(0, id);
    for (let at = Math.min(start, this.#chunks.length - 1); at >= 0; at -= 1) {
      const chunk = this.#chunks[at] ?? [];
      const end = id === undefined || at < start ? chunk.length : place(chunk, 0, id);
      for (let index = end - 1; index >= 0; index -= 1) {
        const entry = chunk[index];
        if (entry !== undefined) yield entry.id;
      }
    }
  }

  /** The chunk that holds or should hold the entry. */
  #chunkFor(order: number, id: I): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const last = this.#chunks[middle]?.at(-1);
      if (last !== undefined && isBefore(last, order, id)) low = middle + 1;
      else high = middle;
    }
    return Math.max(low, 0);
  }
}

function place<I>(chunk: readonly Entry<I>[], order: number, id: I): number {
  let low = 0;
  let high = chunk.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = chunk[middle];
    if (entry !== undefined && isBefore(entry, order, id)) low = middle + 1;
    else high = middle;
  }
  return low;
}
