import type { HiveClient } from '../client/index.ts';
import { CliError, EXIT } from './exit.ts';
import type { Io } from './io.ts';
import { makePalette, type Palette } from './palette.ts';
import { readServerFile } from './server-file.ts';
import { type Column, layTable } from './table.ts';

export const FORMATS = ['table', 'json', 'jsonl', 'name'] as const;
export type Format = (typeof FORMATS)[number];

/** The options that every command takes. */
export interface GlobalOptions {
  readonly url?: string;
  readonly output?: Format;
  readonly json?: boolean;
  /** commander's form of --no-color */
  readonly color?: boolean;
  readonly quiet?: boolean;
}

const DEFAULT_URL = 'http://127.0.0.1:8000';

/** One run of one command: its output, its server, its manners. */
export class Session {
  readonly io: Io;
  readonly format: Format;
  readonly quiet: boolean;
  /** For stdout. */
  readonly palette: Palette;
  /** For stderr. */
  readonly chatter: Palette;
  /** What stood after `--`. */
  readonly command: readonly string[];
  readonly #options: GlobalOptions;
  #client: Promise<HiveClient> | undefined;

  constructor(io: Io, options: GlobalOptions, command: readonly string[] = []) {
    this.io = io;
    this.command = command;
    this.format = options.json ? 'json' : (options.output ?? 'table');
    this.quiet = options.quiet === true;
    this.palette = makePalette(io, io.stdout, options.color === false);
    this.chatter = makePalette(io, io.stderr, options.color === false);
    this.#options = options;
  }

  get isMachine(): boolean {
    return this.format !== 'table';
  }

  /** The server: --url, HIVE_URL, the one this user runs, the default port. */
  async url(): Promise<string> {
    const { env } = this.io;
    return this.#options.url ?? (env.HIVE_URL || ((await readServerFile(env))?.url ?? DEFAULT_URL));
  }

  client(): Promise<HiveClient> {
    this.#client ??= this.#connect();
    return this.#client;
  }

  async #connect(): Promise<HiveClient> {
    const { HiveClient } = await import('../client/index.ts');
    const url = await this.url();
    if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
      const hint = `write it as ${DEFAULT_URL}`;
      throw new CliError(EXIT.config, 'invalid_url', `"${url}" is not the address of a server`, hint);
    }
    return new HiveClient({ url });
  }

  /** Data for people. */
  print(text: string): void {
    this.io.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  }

  /** Chatter: never data, silenced by --quiet. */
  note(text: string): void {
    if (!this.quiet) this.io.stderr.write(`${text}\n`);
  }

  /** A list in the format asked for. */
  showList<T>(
    items: readonly T[],
    look: {
      readonly name: (item: T) => string;
      readonly columns: readonly Column<T>[];
      readonly empty: string;
    },
  ): void {
    if (this.format === 'json') this.print(JSON.stringify(items, null, 2));
    else if (this.format !== 'table') for (const item of items) this.showLine(item, look.name);
    else if (items.length === 0) this.note(look.empty);
    else this.print(layTable(items, look.columns, this.palette, this.io.stdout.columns));
  }

  /** One thing in the format asked for. */
  showOne<T>(
    item: T,
    look: { readonly name: (item: T) => string; readonly human: (item: T) => string },
  ): void {
    if (this.format === 'json') this.print(JSON.stringify(item, null, 2));
    else if (this.format !== 'table') this.showLine(item, look.name);
    else this.print(look.human(item));
  }

  /** One line of a list that is shown as it comes. */
  showLine<T>(item: T, name: (item: T) => string): void {
    this.print(this.format === 'name' ? name(item) : JSON.stringify(item));
  }
}
