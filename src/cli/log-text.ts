import { COLOUR } from './text.ts';

/**
 * A log on its way to a terminal: colours, tabs and line ends pass, every other control sequence is shown as text, so
 * that a job cannot move the cursor, retitle the window or answer in the user's name. Pieces may break anywhere.
 */
export class TerminalText {
  readonly #decoder = new TextDecoder();
  #held = '';

  push(bytes: Uint8Array): string {
    const text = this.#held + this.#decoder.decode(bytes, { stream: true });
    const unfinished = UNFINISHED.exec(text);
    this.#held = unfinished?.[0] ?? '';
    return clean(text.slice(0, text.length - this.#held.length));
  }

  end(): string {
    return clean(this.#held + this.#decoder.decode());
  }
}

const CONTROL = new RegExp(`(${COLOUR})|(?![\\t\\n\\r])\\p{Cc}`, 'gu');
const UNFINISHED = new RegExp(`${String.fromCharCode(27)}(?:\\[[0-9;]{0,32})?$`);

const clean = (text: string): string =>
  text.replace(CONTROL, (char, colour) =>
    colour === undefined ? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}` : char,
  );

/** Whole lines, their ends kept, out of pieces that break anywhere; the last may have no end. */
export class LineCutter {
  #held: Uint8Array[] = [];

  push(bytes: Uint8Array): Uint8Array[] {
    const lines: Uint8Array[] = [];
    let start = 0;
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, start)) {
      lines.push(Buffer.concat([...this.#held, bytes.subarray(start, at + 1)]));
      this.#held = [];
      start = at + 1;
    }
    if (start < bytes.length) this.#held.push(bytes.subarray(start));
    return lines;
  }

  end(): Uint8Array[] {
    return this.#held.length === 0 ? [] : [Buffer.concat(this.#held.splice(0))];
  }
}
