/** One message of a `text/event-stream`. */
export interface SseMessage {
  readonly event: string;
  readonly data: string;
  /** The last id seen, of this message or an earlier one. */
  readonly id: string;
}

/** The parser of the WHATWG event stream format; fed with text in any pieces. */
export class SseParser {
  #buffer = '';
  #started = false;
  #event = '';
  #data: string[] = [];
  #id = '';

  constructor(lastEventId = '') {
    this.#id = lastEventId;
  }

  push(text: string): SseMessage[] {
    this.#buffer += this.#withoutMark(text);
    const messages: SseMessage[] = [];
    for (let line = this.#takeLine(); line !== null; line = this.#takeLine()) {
      const message = this.#readLine(line);
      if (message !== null) messages.push(message);
    }
    return messages;
  }

  #withoutMark(text: string): string {
    if (this.#started || text === '') return text;
    this.#started = true;
    return text.startsWith('\uFEFF') ? text.slice(1) : text;
  }

  /** The next whole line; a CR at the very end waits, for it may be half of a CRLF. */
  #takeLine(): string | null {
    const at = this.#buffer.search(/[\r\n]/);
    if (at < 0) return null;
    const isReturn = this.#buffer[at] === '\r';
    if (isReturn && at + 1 === this.#buffer.length) return null;
    const line = this.#buffer.slice(0, at);
    this.#buffer = this.#buffer.slice(isReturn && this.#buffer[at + 1] === '\n' ? at + 2 : at + 1);
    return line;
  }

  #readLine(line: string): SseMessage | null {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    if (colon === 0) return null;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'event') this.#event = value;
    else if (field === 'data') this.#data.push(value);
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
    return null;
  }

  #dispatch(): SseMessage | null {
    const message = { event: this.#event || 'message', data: this.#data.join('\n'), id: this.#id };
    const empty = this.#data.length === 0;
    this.#event = '';
    this.#data = [];
    return empty ? null : message;
  }
}
