import { ModuleError } from '../../modules/module.ts';
import type { JobError } from '../../protocol/job.ts';

/** The code of a module is not there or broken: another worker may have it whole. */
export class Unloadable extends Error {
  override readonly name = 'Unloadable';
}

/** What a throw out of a module means: expected (`user`), out of memory, or a bug of the module. */
export function toJobError(thrown: unknown): JobError {
  if (thrown instanceof ModuleError) return moduleError(thrown);
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const message = error.message.slice(0, 8000);
  if (error instanceof Unloadable) return { cause: 'infra', code: 'module_unavailable', message };
  if (isOutOfMemory(error)) return { cause: 'oom', code: 'out_of_memory', message };
  return {
    cause: 'user',
    code: 'module_crashed',
    message: `the module failed unexpectedly: ${message}`,
    hint: 'the stack is at the end of the log',
  };
}

function moduleError(error: ModuleError): JobError {
  return {
    cause: 'user',
    code: error.code.slice(0, 64),
    message: error.message.slice(0, 8192),
    ...(error.hint !== undefined && { hint: error.hint.slice(0, 2048) }),
    ...(error.details !== undefined && { details: { ...error.details } }),
  };
}

function isOutOfMemory(error: Error): boolean {
  if ((error as NodeJS.ErrnoException).code === 'ENOMEM') return true;
  return error instanceof RangeError && /allocation failed|out of memory/i.test(error.message);
}
