import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WorkerMessage } from './channel.ts';
import { plainEnds } from './ended-frame.ts';
import { makeId } from './ids.ts';

const job_id = makeId('job', 1, new Uint8Array(10));
const attempt = { job_id, epoch: 1, nonce: '0'.repeat(32) };
const outcome = {
  status: 'succeeded',
  engine: 'test',
  output: { echo: null },
  metrics: { began_unix_ms: 1 },
  warnings: [],
  artifacts: [],
};
const frame = { type: 'ended', ends: [{ attempt, outcome }] };

/** Paths into the frame, and what may stand there instead. */
const PLACES = [
  ...['type', 'ends', 'ends.0', 'ends.0.attempt', 'ends.0.outcome', 'extra', 'ends.0.extra'],
  ...['job_id', 'epoch', 'nonce', 'extra'].map((name) => `ends.0.attempt.${name}`),
  ...['status', 'engine', 'output', 'metrics', 'warnings', 'artifacts', 'extra', 'metrics.x'].map(
    (name) => `ends.0.outcome.${name}`,
  ),
];
const ODD = [null, 0, 1.5, -1, '', 'x'.repeat(65), [], [1], {}, { a: 'b' }, true, 1e300, undefined];

function withOdd(path: string, value: unknown): unknown {
  const copy = structuredClone(frame) as Record<string, unknown>;
  const names = path.split('.');
  const last = names.pop() ?? '';
  const place = names.reduce((at, name) => at[name] as Record<string, unknown>, copy);
  if (value === undefined) delete place[last];
  else place[last] = value;
  return JSON.parse(JSON.stringify(copy));
}

test('C5: what passes without the schema is what the schema would have made of it', () => {
  expect(plainEnds(frame)).toEqual(frame);
  fc.assert(
    fc.property(fc.constantFrom(...PLACES), fc.constantFrom(...ODD), (path, value) => {
      const odd = withOdd(path, value);
      const plain = plainEnds(odd);
      if (plain !== null) expect(WorkerMessage.parse(odd)).toEqual(plain);
    }),
    { numRuns: 500 },
  );
});
