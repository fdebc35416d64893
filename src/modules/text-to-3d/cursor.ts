import type { Token } from './tokens.ts';

/** A place in the prompt that can be moved on, remembered and gone back to. */
export class Cursor {
  at = 0;
  readonly tokens: readonly Token[];

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  get done(): boolean {
    return this.at >= this.tokens.length;
  }

  peek(ahead = 0): Token | undefined {
    return this.tokens[this.at + ahead];
  }

  /** The word here, or '' where a number, a mark or the end is. */
  word(ahead = 0): string {
    const token = this.peek(ahead);
    return token?.kind === 'word' ? token.text : '';
  }

  mark(ahead = 0): string {
    const token = this.peek(ahead);
    return token?.kind === 'mark' ? token.text : '';
  }

  /** Is one of these phrases here? The longest is found first when they are given longest first. */
  sees(...phrases: readonly string[]): string | undefined {
    return phrases.find((phrase) => phrase.split(' ').every((word, i) => this.peek(i)?.text === word));
  }

  /** Moves past the first of these phrases that is here. */
  take(...phrases: readonly string[]): string | undefined {
    const found = this.sees(...phrases);
    if (found !== undefined) this.at += found.split(' ').length;
    return found;
  }

  skip(words: ReadonlySet<string>): void {
    while (words.has(this.word())) this.at++;
  }

  /** The text from a remembered place up to here. */
  since(start: number): string {
    return this.tokens
      .slice(start, this.at)
      .map((token) => token.text)
      .join(' ');
  }

  /** Runs a reading and goes back where it found nothing. */
  attempt<T>(read: () => T | undefined): T | undefined {
    const start = this.at;
    const found = read();
    if (found === undefined) this.at = start;
    return found;
  }
}
