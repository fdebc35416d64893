import { Command, CommanderError, Option } from 'commander';
import { nearest } from '../protocol/nearest.ts';
import { type Act, CATALOG, type CatalogEntry } from './catalog.ts';
import { EXIT, usageError } from './exit.ts';
import { reportFailure } from './failure.ts';
import type { Io } from './io.ts';
import { FORMATS, type GlobalOptions, Session } from './session.ts';

const GLOBAL = 'Global options:';
const TAKES_VALUE = new Set(['--url', '-o', '--output']);

/** Runs one command line and gives its exit code; it never throws and never ends the process. */
export async function runCli(words: readonly string[], io: Io): Promise<number> {
  const argv = words[0] === '--version' || words[0] === '-V' ? ['version', ...words.slice(1)] : words;
  const run = { exit: EXIT.ok as number, session: new Session(io, sketchOptions(argv)) };
  const word = findCommand(argv);
  try {
    const called = CATALOG.find((entry) => entry.name === word);
    if (word !== undefined && called === undefined) throw unknownCommand(word);
    const cut = called?.takesCommand ? argv.indexOf('--') : -1;
    const program = await buildProgram(io, called, run, cut < 0 ? [] : argv.slice(cut + 1));
    await program.parseAsync(cut < 0 ? [...argv] : argv.slice(0, cut), { from: 'user' });
    return run.exit;
  } catch (error) {
    return reportAny(error, run.session, word);
  }
}

interface Run {
  exit: number;
  session: Session;
}

async function buildProgram(
  io: Io,
  called: CatalogEntry | undefined,
  run: Run,
  command: readonly string[],
): Promise<Command> {
  const program = new Command('hive')
    .description('One place to run heavy compute on this machine and on every machine that dials in.')
    .usage('<command> [options]')
    .enablePositionalOptions()
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .configureHelp({ sortSubcommands: false, subcommandTerm: (one) => one.name() })
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout.write(text), outputError: () => undefined });
  addGlobals(program, true);
  for (const entry of CATALOG) {
    const sub = program.command(entry.name).summary(entry.summary).helpGroup(entry.group);
    if (entry !== called) continue;
    sub.description(capitalised(entry.summary));
    (await entry.load()).define(sub, actFor(program, io, run, command));
    addGlobals(sub, entry.ownOutput !== true);
  }
  program.action(() => program.outputHelp());
  return program;
}

function addGlobals(command: Command, withOutput: boolean): void {
  // shown with each command, not above the list of commands
  const top = command.parent === null;
  const add = (option: Option): unknown => command.addOption(option.helpGroup(GLOBAL).hideHelp(top));
  add(new Option('--url <url>', 'the server (default: HIVE_URL, else the one running here)'));
  if (withOutput) add(new Option('-o, --output <format>', 'how to print').choices(FORMATS));
  add(new Option('--json', withOutput ? 'the same as -o json' : 'print JSON'));
  add(new Option('--no-color', 'no colours'));
  add(new Option('--quiet', 'no chatter on stderr'));
}

/** Global options may stand before or after the command; the later ones win. */
function actFor(program: Command, io: Io, run: Run, command: readonly string[]): Act {
  return (handler) =>
    async (...args) => {
      const before: GlobalOptions = program.opts();
      const own: GlobalOptions = (args.at(-1) as Command).opts();
      const color = before.color !== false && own.color !== false;
      run.session = new Session(io, { ...before, ...own, color }, command);
      run.exit = await handler(run.session, ...args);
    };
}

/** The command's name: the first word that is neither an option nor an option's value; `help X` is about X. */
function findCommand(argv: readonly string[]): string | undefined {
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? '';
    if (TAKES_VALUE.has(word)) at += 1;
    else if (!word.startsWith('-') && word !== 'help') return word;
  }
  return undefined;
}

function unknownCommand(word: string): Error {
  const [near] = nearest(
    word,
    CATALOG.map(({ name }) => name),
  );
  const hint = near === undefined ? 'hive --help lists the commands' : `did you mean \`hive ${near}\`?`;
  return usageError(`there is no command "${word}"`, hint);
}

/** Enough to report an error in the form asked for when the command line itself is wrong. */
function sketchOptions(argv: readonly string[]): GlobalOptions {
  const json = argv.includes('--json') || /(^| )(-o|--output)[ =]?jsonl?( |$)/.test(argv.join(' '));
  return { ...(json && { json }), ...(argv.includes('--no-color') && { color: false }) };
}

function reportAny(error: unknown, session: Session, word: string | undefined): number {
  if (!(error instanceof CommanderError)) return reportFailure(error, session);
  if (error.exitCode === 0) return EXIT.ok;
  const message = error.message.replace(/^error: /, '');
  return reportFailure(usageError(message, `${word ? `hive ${word}` : 'hive'} --help shows how`), session);
}

const capitalised = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
