import { expect, test } from 'vitest';
import { type NewJobSpec, newJob } from '../core/job.ts';
import { makeId } from '../protocol/ids.ts';
import { RetryPolicy } from '../protocol/job.ts';
import { Requirements } from '../protocol/requirements.ts';
import { StoreModel } from './store-model.ts';

const jobOf = (number: number) => {
  const spec: NewJobSpec = {
    id: makeId(
      'job',
      1,
      Uint8Array.from({ length: 10 }, () => number),
    ),
    tenant: 'default',
    principal: 'tester',
    module: 'sim',
    name: null,
    input: {},
    files: [],
    retry: RetryPolicy.parse({}),
    timeout_ms: 1000,
    run_at: null,
    deadline_at: null,
    group_id: null,
    retry_of: null,
    depends_on: [],
    on_parent_failure: 'cancel',
    unique_key: null,
    concurrency: null,
    strict: false,
    created_at: 1,
    priority: 0,
    labels: {},
    requirements: Requirements.parse({}),
  };
  return newJob(spec);
};

test('a loss of power takes what was not synced, never what was', () => {
  const store = new StoreModel({ now: () => 1 });
  const first = jobOf(1);
  store.run('insertJobs', [[{ job: first }]]);
  store.run('patchJobs', [[{ id: first.id, patch: { priority: 5 } }]]);
  store.run('patchJobs', [[{ id: first.id, patch: { priority: 9 } }]]);
  expect(store.losePower(1)).toBe(1);
  expect(store.tables.job(first.id)?.priority).toBe(5);
  expect(store.losePower(100)).toBe(0);
  store.run('patchJobs', [[{ id: first.id, patch: { priority: 7 } }]]);
  store.run('insertJobs', [[{ job: jobOf(2) }]]);
  expect(store.losePower(100)).toBe(0);
  expect(store.tables.job(first.id)?.priority).toBe(7);
  expect(store.tables.jobs.size).toBe(2);
});
