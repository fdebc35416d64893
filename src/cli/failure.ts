import type { FieldError } from '../protocol/errors.ts';
import type { Problem } from '../protocol/problem.ts';
import { CliError, EXIT } from './exit.ts';
import type { Session } from './session.ts';
import { plain, plainLines } from './text.ts';

/** An error as the user meets it. */
interface Failure {
  readonly exit: number;
  readonly message: string;
  readonly hint: string | undefined;
  readonly errors: readonly FieldError[];
  readonly problem: Problem;
}

/** Tells the error on stderr, in the form asked for, and gives the exit code. */
export function reportFailure(error: unknown, session: Session): number {
  const failure = failureOf(error);
  const { stderr } = session.io;
  if (session.isMachine && session.format !== 'name') {
    stderr.write(`${JSON.stringify(failure.problem)}\n`);
    return failure.exit;
  }
  const { chatter } = session;
  stderr.write(`${chatter.fail} ${plainLines(failure.message)}\n`);
  for (const { pointer, message } of failure.errors) {
    stderr.write(`    ${chatter.colour('yellow', plain(pointer || '/'))} ${plain(message)}\n`);
  }
  if (failure.hint !== undefined) stderr.write(`  ${chatter.colour('cyan', plainLines(failure.hint))}\n`);
  return failure.exit;
}

function failureOf(error: unknown): Failure {
  if (isApiError(error)) {
    const { problem } = error;
    const { detail, hint, errors = [] } = problem;
    return { exit: exitOfProblem(problem), message: detail, hint, errors, problem };
  }
  const { exit, code, message, hint } = localFailure(error);
  const problem: Problem = {
    type: 'about:blank',
    title: message,
    status: 0,
    detail: message,
    code,
    ...(hint && { hint }),
  };
  return { exit, message, hint, errors: [], problem };
}

function localFailure(error: unknown): {
  exit: number;
  code: string;
  message: string;
  hint?: string | undefined;
} {
  if (error instanceof CliError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const name = error instanceof Error ? error.name : '';
  if (name === 'ServerUnreachable') {
    const hint = 'start one here with `hive up`, or name another with --url or HIVE_URL';
    return { exit: EXIT.unreachable, code: 'server_unreachable', message, hint };
  }
  if (name === 'WaitTimedOut') {
    return { exit: EXIT.timedOut, code: 'wait_timed_out', message, hint: 'the job goes on' };
  }
  const told = error as { code?: unknown; hint?: unknown } | null;
  const code = typeof told?.code === 'string' ? told.code.toLowerCase() : 'internal';
  return { exit: EXIT.error, code, message, hint: typeof told?.hint === 'string' ? told.hint : undefined };
}

/** By name, so that reporting an error of the CLI alone need not load the client. */
const isApiError = (error: unknown): error is Error & { readonly problem: Problem } =>
  error instanceof Error && error.name === 'ApiError' && 'problem' in error;

function exitOfProblem(problem: Problem): number {
  if (problem.status === 404 || problem.code === 'unknown_module') return EXIT.notFound;
  if (problem.status === 401 || problem.status === 403) return EXIT.config;
  if (problem.status === 409 || problem.status === 412 || problem.code === 'idempotency_conflict') {
    return EXIT.conflict;
  }
  return problem.code === 'invalid_request' || problem.code === 'invalid_input' ? EXIT.usage : EXIT.error;
}
