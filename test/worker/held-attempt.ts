import { createHash } from 'node:crypto';
import type { AttemptRef } from '../../src/protocol/attempt.ts';
import { HiveError } from '../../src/protocol/errors.ts';
import type { HeldCheckpoints } from './held-checkpoints.ts';

/** What a stand-in knows of one attempt. */
export interface Held {
  readonly ref: AttemptRef;
  readonly inputs: ReadonlyMap<string, Buffer>;
  log: Buffer;
  readonly artifacts: Map<string, Buffer>;
  readonly checkpoints: HeldCheckpoints;
  fenced: boolean;
}

/** Answers one call of the attempt; `path` is what follows its epoch. */
export function serveHeld(
  held: Held,
  path: readonly string[],
  offset: number,
  body: Buffer,
): Buffer | string {
  const [what, name = ''] = path;
  if (what === 'checkpoints' || what === 'resume') return held.checkpoints.serve(path, body);
  if (what === 'inputs') {
    const bytes = held.inputs.get(name);
    if (bytes === undefined) throw new HiveError('not_found', name);
    return bytes;
  }
  if (what === 'artifacts') {
    held.artifacts.set(name, body);
    return JSON.stringify({ size: body.length, sha256: createHash('sha256').update(body).digest('hex') });
  }
  if (offset !== held.log.length) {
    throw new HiveError('offset_conflict', 'elsewhere', {
      errors: [{ pointer: 'offset', message: String(held.log.length) }],
    });
  }
  held.log = Buffer.concat([held.log, body]);
  return JSON.stringify({ length: held.log.length });
}
