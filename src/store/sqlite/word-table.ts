import type { RowChange } from './rows.ts';

/** Texts that many rows repeat (tenants, modules, workers, classes, terms), by number. */
export class WordTable {
  readonly #ids = new Map<string, number>();
  readonly #texts: string[] = [];
  readonly #values = new Map<number, object>();
  #written = 0;

  constructor(texts: readonly string[]) {
    for (const text of texts) this.#add(text);
    this.#written = texts.length;
  }

  idOf(text: string): number {
    return this.#ids.get(text) ?? this.#add(text);
  }

  textOf(id: number): string {
    return this.#texts[id - 1] ?? '';
  }

  /** The value of a word that is JSON: one object for all that ask, which nobody changes. */
  valueOf(id: number): object {
    const known = this.#values.get(id);
    if (known !== undefined) return known;
    const value = JSON.parse(this.textOf(id)) as object;
    this.#values.set(id, value);
    return value;
  }

  /** Rows of the words that the file does not have yet. */
  changes(): RowChange[] {
    const values = this.#texts.slice(this.#written).flatMap((text, at) => [this.#written + at + 1, text]);
    return values.length === 0 ? [] : [{ kind: 'insert', into: 'words (id, text)', width: 2, values }];
  }

  /** `upTo` words are in the file now. */
  written(upTo: number): void {
    this.#written = Math.max(this.#written, upTo);
  }

  get size(): number {
    return this.#texts.length;
  }

  #add(text: string): number {
    const id = this.#texts.push(text);
    this.#ids.set(text, id);
    return id;
  }
}
