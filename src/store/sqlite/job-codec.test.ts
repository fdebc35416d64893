import { expect, test } from 'vitest';
import { type JobRecord, newJob } from '../../core/job.ts';
import { idOf, START, specOf } from '../conformance/fixture.ts';
import { decodeDoc, decodeFirst, encodeDoc, encodeSpec } from './job-codec.ts';
import { WordTable } from './word-table.ts';

const id = idOf('job', 1);

/** Another value of the same kind, whatever the field holds. */
function other(value: unknown, key: string): unknown {
  if (value === null && key.endsWith('_at')) return 5;
  if (value === null && key.endsWith('_id')) return 'wrk_x';
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'string') return `${value} "other"\n`;
  if (typeof value === 'boolean') return !value;
  if (Array.isArray(value)) return [...value, { at: 1, state: 'queued', code: 'x', attempt: 2 }];
  return { state: 'failed', reason: { code: 'c', message: 'é"' } };
}

test('C12: every field of a job comes back from its texts, changed or not', () => {
  const first = newJob(specOf(id, START));
  const words = new WordTable([]);
  expect(decodeFirst(id, encodeSpec(first, words), words)).toEqual(first);
  expect(encodeDoc(first, first)).toBeNull();
  const fixed = Object.keys({ ...specOf(id, START), on_partition: 'kill' }).filter(
    (key) => !['priority', 'labels', 'requirements'].includes(key),
  );
  const changing = (Object.keys(first) as (keyof JobRecord)[]).filter((key) => !fixed.includes(key));
  const changed = Object.fromEntries(changing.map((key) => [key, other(first[key], key)]));
  const job = { ...first, ...changed, settled: { epoch: 1, nonce: 'a', hash: '"' } } as JobRecord;
  const text = encodeDoc(first, job) ?? '';
  expect(Object.keys(JSON.parse(text)).sort()).toEqual([...changing].sort());
  expect(decodeDoc(first, text)).toEqual(job);
});
