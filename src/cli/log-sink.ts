import type { LogChunk } from '../client/index.ts';
import { writeFully } from './io.ts';
import { LineCutter, TerminalText } from './log-text.ts';
import type { Session } from './session.ts';

interface LogSink {
  take(chunk: LogChunk): Promise<void>;
  /** Writes what is left when no more comes. */
  end(): Promise<void>;
}

/** Where a log goes in the format asked for: the lines that match, or all. */
export const makeLogSink = (session: Session, grep: RegExp | undefined): LogSink =>
  session.isMachine ? new JsonSink(session, grep) : new TextSink(session, grep);

const matches = (line: string, grep: RegExp | undefined): boolean =>
  grep === undefined || grep.test(line.trimEnd());

/** Writes the bytes as they are, or, where they meet a terminal, made harmless. */
class TextSink implements LogSink {
  readonly #session: Session;
  readonly #grep: RegExp | undefined;
  readonly #lines = new LineCutter();
  readonly #text = new TerminalText();
  readonly #decoder = new TextDecoder();

  constructor(session: Session, grep: RegExp | undefined) {
    this.#session = session;
    this.#grep = grep;
  }

  async take(chunk: LogChunk): Promise<void> {
    const pieces = this.#grep === undefined ? [chunk.bytes] : this.#lines.push(chunk.bytes);
    for (const piece of pieces) await this.#write(piece);
  }

  async end(): Promise<void> {
    for (const piece of this.#lines.end()) await this.#write(piece);
    if (this.#session.io.stdout.isTTY) await writeFully(this.#session.io.stdout, this.#text.end());
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (this.#grep !== undefined && !matches(this.#decoder.decode(bytes), this.#grep)) return;
    const { stdout } = this.#session.io;
    await writeFully(stdout, stdout.isTTY ? this.#text.push(bytes) : bytes);
  }
}

/** Writes an object a line that says where in which attempt's log the line stands. */
class JsonSink implements LogSink {
  readonly #session: Session;
  readonly #grep: RegExp | undefined;
  readonly #lines = new LineCutter();
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  #attempt = 0;
  #offset = 0;

  constructor(session: Session, grep: RegExp | undefined) {
    this.#session = session;
    this.#grep = grep;
  }

  async take(chunk: LogChunk): Promise<void> {
    // The last line of an attempt that died has no end and does not go on in the next one.
    if (chunk.attempt !== this.#attempt) await this.#begin(chunk);
    for (const line of this.#lines.push(chunk.bytes)) await this.#write(line);
  }

  async end(): Promise<void> {
    for (const line of this.#lines.end()) await this.#write(line);
  }

  async #begin(chunk: LogChunk): Promise<void> {
    await this.end();
    this.#attempt = chunk.attempt;
    this.#offset = chunk.offset;
  }

  async #write(line: Uint8Array): Promise<void> {
    const [attempt, offset] = [this.#attempt, this.#offset];
    this.#offset += line.length;
    const text = this.#decoder.decode(line).replace(/\r?\n$/, '');
    if (!matches(text, this.#grep)) return;
    await writeFully(this.#session.io.stdout, `${JSON.stringify({ attempt, offset, text })}\n`);
  }
}
