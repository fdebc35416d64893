import type { FastifySchemaCompiler, FastifySerializerCompiler } from 'fastify';
import type { z } from 'zod';
import { type FieldError, HiveError } from '../protocol/errors.ts';

const WHAT: Readonly<Record<string, string>> = {
  body: 'The body',
  querystring: 'The query',
  params: 'The path',
  headers: 'A header',
};
const MOST_ERRORS = 50;

/** JSON pointers for a body (RFC 6901); the name alone for a query, path or header value. */
export function fieldErrorsOf(error: z.core.$ZodError, part = 'body', root: string[] = []): FieldError[] {
  return error.issues.slice(0, MOST_ERRORS).flatMap((issue) => {
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : [];
    const paths = keys.length > 0 ? keys.map((key) => [...issue.path, key]) : [issue.path];
    return paths.map((path) => ({
      pointer: part === 'body' ? pointerTo([...root, ...path]) : String(path[0] ?? ''),
      message: keys.length > 0 ? 'is not a known field' : issue.message,
    }));
  });
}

const pointerTo = (path: readonly PropertyKey[]): string =>
  path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

function invalidRequest(error: z.core.$ZodError, part = 'body', root: string[] = []): HiveError {
  const errors = fieldErrorsOf(error, part, root);
  const [first] = errors;
  const where = first === undefined || first.pointer === '' ? '' : ` (${first.pointer}: ${first.message})`;
  return new HiveError('invalid_request', `${WHAT[part] ?? 'The request'} is not valid${where}.`, { errors });
}

export const validatorCompiler: FastifySchemaCompiler<z.ZodType> =
  ({ schema, httpPart = 'body' }) =>
  (data: unknown) => {
    if (httpPart === 'body' && data === null) {
      return { error: new HiveError('invalid_request', 'A JSON body is needed here.') };
    }
    const parsed = schema.safeParse(data);
    if (!parsed.success) return { error: invalidRequest(parsed.error, httpPart) };
    // Header schemas only check: the ones they do not name must stay readable.
    return { value: httpPart === 'headers' ? data : parsed.data };
  };

/** Answers come typed from the orchestrator; checking them again would cost more than making them. */
export const serializerCompiler: FastifySerializerCompiler<unknown> = () => (data) => JSON.stringify(data);
