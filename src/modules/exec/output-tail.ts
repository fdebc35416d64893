/** The last bytes of a program's standard output, whole lines. */
export class OutputTail {
  readonly #limit: number;
  readonly #lines: string[] = [];
  #bytes = 0;
  truncated = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(line: string): void {
    this.#lines.push(line);
    this.#bytes += Buffer.byteLength(line) + 1;
    while (this.#bytes > this.#limit && this.#lines.length > 0) {
      this.#bytes -= Buffer.byteLength(this.#lines.shift() ?? '') + 1;
      this.truncated = true;
    }
  }

  text(): string {
    return this.#lines.map((line) => `${line}\n`).join('');
  }
}
