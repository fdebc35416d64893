import { HiveError } from '../protocol/errors.ts';
import type { App } from './context.ts';
import { findJsonFault } from './json-fault.ts';

/** Takes `application/json` alone, and says where a broken body breaks. */
export function acceptJson(app: App, bodyLimit: number): void {
  // Fastify's own parser refuses `__proto__`, which JSON.parse would let through into every copy of the object.
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<string>(
    'application/json',
    { parseAs: 'string', bodyLimit },
    (request, body, done) => {
      if (body.trim() === '') return done(null, undefined);
      return parse(request, body, (error, value) => done(error === null ? null : faultOf(body), value));
    },
  );
}

function faultOf(body: string): HiveError {
  const fault = findJsonFault(body);
  if (fault === null) {
    return new HiveError('invalid_json', 'The keys __proto__ and constructor.prototype are not accepted.');
  }
  const { line, column, offset, found } = fault;
  return new HiveError(
    'invalid_json',
    `The JSON breaks at line ${line}, column ${column} (offset ${offset}): found ${found}.`,
  );
}
