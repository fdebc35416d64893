import { constants } from 'node:os';
import { ModuleError } from '../module.ts';
import type { ProgramEnd } from './program.ts';

/** As Python, C++, the C library, Node and the JVM say it. */
const OUT_OF_MEMORY =
  /MemoryError|Array buffer allocation failed|std::bad_alloc|[Cc]annot allocate memory|[Oo]ut of memory|heap out of memory|OutOfMemoryError|ENOMEM/;

export interface ProgramFacts {
  readonly command: string;
  /** the last lines */
  readonly stderr: readonly string[];
  /** The kernel killed something for lack of memory while it ran. */
  readonly oomKilled: boolean;
}

/** What a program's end other than exit code 0 means. */
export function describeFailure(end: ProgramEnd, facts: ProgramFacts): Error {
  const last = facts.stderr.slice(-5).join('\n');
  const details = { exit_code: end.code, signal: end.signal, stderr: facts.stderr.slice(-20) };
  const said = last === '' ? '' : `; its last words: ${last}`;
  if ((end.signal === 'SIGKILL' || end.code === 128 + constants.signals.SIGKILL) && facts.oomKilled)
    return outOfMemory('the kernel killed it for lack of memory');
  if (facts.stderr.some((line) => OUT_OF_MEMORY.test(line)))
    return outOfMemory(`it ran out of memory${said}`);
  if (end.signal !== null)
    return new ModuleError('killed_by_signal', `${facts.command} was ended by ${end.signal}${said}`, {
      details,
    });
  if (end.code === 127 && /not found|No such file/.test(last)) return notFound(facts.command, last);
  return new ModuleError('exit_code', `${facts.command} exited with code ${end.code}${said}`, { details });
}

export function notFound(command: string, detail: string): ModuleError {
  return new ModuleError('command_not_found', `${command}: ${detail}`, {
    hint: detail.startsWith('is ')
      ? 'name a file that may be executed, or run it with its interpreter: sh FILE'
      : 'install it on the worker, name it by its absolute path, or set PATH in `env`',
  });
}

/** The code tells the sandbox that more memory may help (cause `oom`), which a ModuleError does not. */
function outOfMemory(message: string): Error {
  return Object.assign(new Error(message), { code: 'ENOMEM' });
}
