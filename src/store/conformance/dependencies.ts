import { expect, test } from 'vitest';
import { failedBy, idOf, LOST, type OpenStore, Stage } from './fixture.ts';

/** Jobs that wait for others, and what becomes of them by every road on which those end. */
export function dependencyClauses(open: OpenStore): void {
  test('dependencies: a job is blocked until its last parent has succeeded, then queued in the same commit', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const [a, b] = [await stage.submit(), await stage.submit()];
    const child = await stage.submit({ depends_on: [a.id, b.id], priority: 1 });
    expect(await stage.state(child)).toBe('blocked/waits_for_parents');
    expect((await stage.ready()).map((job) => job.id)).toEqual([a.id, b.id]);
    await stage.settle(await stage.run(a, worker));
    expect((await stage.get(child.id)).waits_for).toEqual([b.id]);
    stage.clock.pass(5000);
    await stage.settle(await stage.run(b, worker));
    expect(await stage.state(child)).toBe('queued/released');
    expect(await stage.get(child.id)).toMatchObject({ waits_for: [], eligible_at: stage.clock.now() });
    expect((await stage.ready()).map((job) => job.id)).toEqual([child.id]);
    await stage.settle(await stage.run(child, worker));
    expect((await stage.jobs.countJobs()).by_state).toMatchObject({ blocked: 0, queued: 0, succeeded: 3 });
    await stage.store.close();
  });

  test('C6, dependencies: a batch that is sent again links what was refused to the jobs that are there', async () => {
    const stage = await Stage.open(open, 1);
    const keyed = (job: ReturnType<Stage['make']>, key: string) => ({ job, idempotency: { key, hash: 'h' } });
    const send = async () => {
      const parent = stage.make();
      const child = stage.make({ depends_on: [parent.id] });
      return stage.jobs.insertJobs([keyed(parent, 'k#0'), keyed(child, 'k#1')]);
    };
    const [first, refused] = await send();
    expect([first?.kind, refused?.kind]).toEqual(['created', 'queue_full']);
    if (first?.kind !== 'created') throw new Error('was refused');
    await stage.jobs.requestCancel([first.job.id], 'make room');
    const [again, child] = await send();
    expect([again?.kind, child?.kind]).toEqual(['replayed', 'created']);
    if (child?.kind !== 'created') throw new Error('was refused');
    expect(child.job.depends_on).toEqual([first.job.id]);
    expect(await stage.state(child.job)).toBe('canceled/parent_failed');
    await stage.store.close();
  });

  test('dependencies: a parent that does not succeed cancels its children and theirs, unless they run all the same', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const parent = await stage.submit();
    const child = await stage.submit({ depends_on: [parent.id] });
    const grandchild = await stage.submit({ depends_on: [child.id] });
    const cleanup = await stage.submit({ depends_on: [child.id], on_parent_failure: 'run' });
    await stage.settle(await stage.run(parent, worker), failedBy('user'));
    expect(await stage.state(child)).toBe('canceled/parent_failed');
    expect(await stage.state(grandchild)).toBe('canceled/parent_failed');
    expect(await stage.state(cleanup)).toBe('queued/released');
    await stage.store.close();
  });

  test('dependencies: cancel, deadline and loss of a parent reach its children too', async () => {
    const stage = await Stage.open(open);
    const [canceled, expired] = [
      await stage.submit(),
      await stage.submit({ deadline_at: stage.clock.now() + 10 }),
    ];
    const children = [
      await stage.submit({ depends_on: [canceled.id] }),
      await stage.submit({ depends_on: [expired.id] }),
    ];
    await stage.jobs.requestCancel([canceled.id], 'x');
    stage.clock.pass(LOST);
    await stage.sweep();
    for (const child of children) expect(await stage.state(child)).toBe('canceled/parent_failed');
    await stage.store.close();
  });

  test('dependencies: parents that had ended count at the submit; foreign and unknown ones refuse it', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const [good, bad] = [await stage.submit(), await stage.submit()];
    await stage.settle(await stage.run(good, worker));
    await stage.jobs.requestCancel([bad.id], 'x');
    expect(await stage.state(await stage.submit({ depends_on: [good.id] }))).toBe('queued/released');
    expect(await stage.state(await stage.submit({ depends_on: [bad.id] }))).toBe('canceled/parent_failed');
    const refused = async (over: object) => {
      const [result] = await stage.jobs.insertJobs([{ job: stage.make(over) }]);
      return result;
    };
    const nobody = idOf('job', 9999);
    expect(await refused({ depends_on: [nobody] })).toEqual({ kind: 'unknown_parent', parent: nobody });
    expect(await refused({ depends_on: [good.id], tenant: 'acme' })).toMatchObject({
      kind: 'unknown_parent',
    });
    await stage.store.close();
  });

  test('dependencies: a blocked job keeps its start time, and is canceled at once', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const parent = await stage.submit();
    const later = await stage.submit({ depends_on: [parent.id], run_at: stage.clock.now() + 60_000 });
    const other = await stage.submit({ depends_on: [parent.id] });
    expect(await stage.jobs.requestCancel([other.id], 'x')).toMatchObject([{ kind: 'canceled' }]);
    await stage.settle(await stage.run(parent, worker));
    expect(await stage.get(later.id)).toMatchObject({ status: { state: 'queued' }, wake_at: later.run_at });
    expect(await stage.ready()).toEqual([]);
    stage.clock.pass(60_000);
    await stage.sweep();
    expect((await stage.ready()).map((job) => job.id)).toEqual([later.id]);
    await stage.store.close();
  });

  test('dependencies: a chain of two hundred ends in one commit', async () => {
    const stage = await Stage.open(open);
    const first = await stage.submit();
    let last = first;
    for (let index = 0; index < 200; index += 1) last = await stage.submit({ depends_on: [last.id] });
    await stage.jobs.requestCancel([first.id], 'x');
    expect(await stage.state(last)).toBe('canceled/parent_failed');
    expect((await stage.jobs.countJobs()).by_state).toMatchObject({ blocked: 0, canceled: 201 });
    await stage.store.close();
  });
}
