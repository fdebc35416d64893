import { closeSync, mkdirSync, openSync, write, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { pino } from 'pino';
import type { Log } from './orchestrator/deps.ts';

/** The orchestrator's own log: JSON lines in a file, so that the terminal stays for people. */
export function openLog(file: string, level: 'debug' | 'info' | 'warn' | 'error'): Log {
  const lines = new LogFile(file);
  process.once('exit', () => lines.close());
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, lines);
}

/** What waits to be written while the disk is slow, in characters. */
const MOST_WAITING = 2 ** 20;

type Write = (fd: number, text: string, done: (error: Error | null, written: number) => void) => void;

/**
 * What finds no room on the disk is dropped and counted. (pino's own destination ends the process on a full disk, and
 * does not let it exit while the disk stays full.)
 */
export class LogFile {
  readonly #file: string;
  readonly #write: Write;
  #fd: number | null = null;
  #waiting = '';
  #writing = false;
  #dropped = 0;

  constructor(file: string, how: Write = write) {
    this.#file = file;
    this.#write = how;
    mkdirSync(dirname(file), { recursive: true });
  }

  write(line: string): void {
    if (this.#waiting.length > MOST_WAITING) this.#dropped += 1;
    else this.#waiting += line;
    if (!this.#writing) this.#next();
  }

  /** One last try, at once. */
  close(): void {
    const fd = this.#open();
    try {
      if (fd === null) return;
      writeSync(fd, this.#take());
      closeSync(fd);
    } catch {
      // there is no room and no later
    }
  }

  #next(): void {
    const fd = this.#open();
    const lines = this.#dropped + countLines(this.#waiting);
    const text = this.#take();
    if (fd === null) {
      this.#dropped = lines;
      return;
    }
    this.#writing = true;
    this.#write(fd, text, (error, written) => {
      this.#writing = false;
      if (error !== null) this.#dropped += lines;
      // Of the line that was cut half is there; the notice begins on a line of its own.
      else if (written < Buffer.byteLength(text))
        this.#dropped += countLines(Buffer.from(text).subarray(written).toString());
      if (this.#waiting !== '') this.#next();
    });
  }

  #take(): string {
    const text = (this.#dropped === 0 ? '' : noticeOf(this.#dropped)) + this.#waiting;
    this.#dropped = 0;
    this.#waiting = '';
    return text;
  }

  #open(): number | null {
    try {
      this.#fd ??= openSync(this.#file, 'a');
    } catch {
      // perhaps the next line finds it
    }
    return this.#fd;
  }
}

const countLines = (text: string): number => text.split('\n').length - 1;

const noticeOf = (lines: number): string =>
  `\n${JSON.stringify({ level: 40, time: new Date().toISOString(), msg: `dropped ${lines} lines that found no room` })}\n`;
