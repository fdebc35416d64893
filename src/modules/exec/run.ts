import { access } from 'node:fs/promises';
import { defineModule, type ModuleContext, type ModuleResult } from '../module.ts';
import { describeFailure, notFound } from './failure.ts';
import { type ExecInput, type ExecOutput, manifest } from './manifest.ts';
import { keepOutputs } from './output-folder.ts';
import { OutputTail } from './output-tail.ts';
import { describeLeftOut } from './plain-files.ts';
import { countOomKills } from './process-table.ts';
import { basePath, findProgram, runProgram, whyNoProgram } from './program.ts';

const PROGRESS = /^::progress\s+(\d+(?:\.\d+)?)(?:\s+(\S+))?(?:\s+(.+))?\s*$/;
/** Enough to find the reason above a runtime's dump of its stack. */
const STDERR_LINES = 60;

/** `::progress 40 stage message` on a line of standard output is progress, every other line is log. */
export const module = defineModule<ExecInput, ExecOutput>({
  manifest,
  async probe() {
    if (process.platform === 'win32') return { ok: true, engine: 'command' };
    const shell = await access('/bin/sh').then(
      () => true,
      () => false,
    );
    return shell
      ? { ok: true, engine: 'command' }
      : { ok: false, reason: 'there is no /bin/sh', fix: 'install a POSIX shell' };
  },
  run,
});

async function run(input: ExecInput, context: ModuleContext): Promise<ModuleResult<ExecOutput>> {
  const command = typeof input.command === 'string' ? input.command : input.command.join(' ');
  const stdout = new OutputTail(16 * 2 ** 10);
  const stderr: string[] = [];
  const kills = countOomKills();
  const began = performance.now();
  const end = await runProgram({
    argv: await resolveArgv(input, context.files.work),
    cwd: context.files.work,
    env: { ...input.env, HIVE_IN: inputFolder(context), HIVE_OUT: context.files.out },
    stdin: input.stdin,
    signal: context.signal,
    line: (stream, text) => {
      if (stream === 'stderr') {
        stderr.push(text.slice(0, 1000));
        if (stderr.length > STDERR_LINES) stderr.shift();
        context.log(`[stderr] ${text}`);
      } else if (!reportProgress(text, context)) {
        stdout.add(text);
        context.log(text);
      }
    },
  });
  const facts = { command: command.slice(0, 200), stderr, oomKilled: countOomKills() > kills };
  if (end.code !== 0) throw describeFailure(end, facts);
  const { names, leftOut } = await keepOutputs(context.files.out, input.outputs);
  return {
    engine: 'command',
    output: { exit_code: 0, stdout: stdout.text(), stdout_truncated: stdout.truncated, files: [...names] },
    warnings: describeLeftOut(leftOut),
    metrics: { wall_ms: Math.round(performance.now() - began) },
  };
}

async function resolveArgv(input: ExecInput, cwd: string): Promise<[string, ...string[]]> {
  const { command } = input;
  if (typeof command === 'string') {
    return process.platform === 'win32'
      ? [process.env.ComSpec ?? 'cmd.exe', '/d', '/s', '/c', command]
      : ['/bin/sh', '-c', command];
  }
  const [name = '', ...args] = command;
  const program = await findProgram(name, cwd, input.env.PATH ?? basePath());
  if (program === null) throw notFound(name, await whyNoProgram(name, cwd));
  return [program, ...args];
}

/** The staged files share one folder; any name leads to it. */
function inputFolder(context: ModuleContext): string {
  return context.files.in('.');
}

function reportProgress(line: string, context: ModuleContext): boolean {
  const [, percent, stage, message] = PROGRESS.exec(line) ?? [];
  if (percent === undefined) return false;
  context.progress(Number(percent), stage, message);
  return true;
}
