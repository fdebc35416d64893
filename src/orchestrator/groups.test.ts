import { afterEach, beforeEach, expect, test } from 'vitest';
import type { GroupSubmitInput } from '../protocol/group.ts';
import { createRig, ME, type Rig, rest } from './control-plane.fixture.ts';
import { bodiesOf } from './group-body.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await createRig();
});
afterEach(() => rig.close());

const inputs = (submit: GroupSubmitInput): unknown[] => bodiesOf(submit).map(({ input }) => input);

test('groups: a template is filled in with place and value, which keep their types', () => {
  const job = {
    module: 'echo',
    input: { n: '{{index}}', text: 'part {{index}}', deep: [{ v: '{{value}}' }] },
  };
  expect(inputs({ job, count: 2 })).toEqual([
    { n: 0, text: 'part 0', deep: [{ v: 0 }] },
    { n: 1, text: 'part 1', deep: [{ v: 1 }] },
  ]);
  const named = { module: 'echo', input: { all: '{{value}}', text: 'for {{value}}!' } };
  expect(inputs({ job: named, values: ['$&', { a: 1 }] })).toEqual([
    { all: '$&', text: 'for $&!' },
    { all: { a: 1 }, text: 'for {"a":1}!' },
  ]);
});

test('groups: one submit, one group to watch, to wait for and to cancel', async () => {
  const { orchestrator } = rig;
  const job = { module: 'echo', input: { text: 'part {{index}}' } };
  const { group, replayed } = await orchestrator.submitGroup({ job, count: 3 }, ME, { idempotencyKey: 'k' });
  expect(group).toMatchObject({ total: 3, ended: 0, done: false, by_state: { queued: 3 } });
  expect(replayed).toBe(false);
  const again = await orchestrator.submitGroup({ job, count: 3 }, ME, { idempotencyKey: 'k' });
  expect(again).toMatchObject({ replayed: true, group: { id: group.id, total: 3 } });
  const page = await orchestrator.listJobs({ group: group.id, limit: 10 }, ME);
  expect(page.data.map((one) => one.input)).toMatchObject([
    { text: 'part 2' },
    { text: 'part 1' },
    { text: 'part 0' },
  ]);
  const waiting = orchestrator.waitForGroup(group.id, 60_000, ME);
  await rest();
  const stopped = await orchestrator.cancelGroup(group.id, ME);
  expect(stopped).toMatchObject({ canceled: 3, group: { done: true, by_state: { canceled: 3 } } });
  await rig.time.advance(1000);
  expect(await waiting).toMatchObject({ id: group.id, ended: 3, done: true });
  expect(await orchestrator.cancelGroup(group.id, ME)).toMatchObject({ canceled: 0 });
  const stranger = { tenant: 'acme', principal: 'x' };
  await expect(orchestrator.waitForGroup(group.id, 0, stranger)).rejects.toMatchObject({
    code: 'group_not_found',
  });
});

test('groups: one bad job refuses all of them, by its place and its field', async () => {
  const good = { module: 'echo', input: { text: 'x' } };
  const jobs = [good, { module: 'echo', input: { text: '' } }, good];
  await expect(rig.orchestrator.submitGroup({ jobs }, ME)).rejects.toMatchObject({
    code: 'invalid_input',
    errors: [{ pointer: '/jobs/1/input/text' }],
    message: expect.stringContaining('job 1 of the group'),
  });
  const template = { job: { module: 'echo', input: { text: '' } }, count: 2 };
  await expect(rig.orchestrator.submitGroup(template, ME)).rejects.toMatchObject({
    errors: [{ pointer: '/job/input/text' }],
  });
  expect((await rig.orchestrator.listJobs({ limit: 10 }, ME)).data).toEqual([]);
});

test('dependencies: a batch names its own earlier jobs, and no circle can be', async () => {
  const job = { module: 'echo', input: { text: 'x' } };
  const made = await rig.orchestrator.submitJobs(
    [
      job,
      { ...job, depends_on: ['#0'] },
      { ...job, depends_on: ['#2'] },
      { ...job, depends_on: ['#2', '#9'] },
    ],
    ME,
  );
  const [first, second, third, fourth] = made;
  if (first === undefined || second === undefined || 'error' in first || 'error' in second)
    throw new Error('refused');
  expect(second.job).toMatchObject({ state: 'blocked', depends_on: [first.id], waits_for: [first.id] });
  const refused = { code: 'unknown_parent', message: '#2 is not an earlier job of the batch' };
  expect(third).toMatchObject({ error: refused });
  expect(fourth).toMatchObject({
    error: { code: 'unknown_parent', message: expect.stringContaining('#2 of the batch was refused') },
  });
  expect(await rig.orchestrator.explainJob(second.id, ME)).toMatchObject({
    state: 'blocked',
    summary: expect.stringMatching(/job_\w+ is (queued|starting|running)/),
  });
  await rig.orchestrator.cancelJob(first.id, ME);
  expect((await rig.orchestrator.getJob(second.id, ME)).reason.code).toBe('parent_failed');
});
