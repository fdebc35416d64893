import { expect, test } from 'vitest';
import { makeId } from '../../protocol/ids.ts';
import { type OpenStore, START, Stage } from './fixture.ts';

const GROUP = makeId('grp', START, new Uint8Array(10));
const OTHER = makeId('grp', START, new Uint8Array(10).fill(7));

/** Jobs that were submitted as one. */
export function groupClauses(open: OpenStore): void {
  test('groups: its jobs are listed and counted by state, and nobody else’s', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const own = { group_id: GROUP };
    const [a, b, c] = [await stage.submit(own), await stage.submit(own), await stage.submit(own)];
    await stage.submit();
    await stage.submit({ group_id: OTHER });
    await stage.submit({ group_id: GROUP, tenant: 'acme' });
    await stage.settle(await stage.run(a, worker));
    await stage.run(b, worker);
    const query = { tenant: 'default', group_id: GROUP };
    const list = async (over = {}) =>
      (await stage.jobs.listJobs({ ...query, limit: 10, ...over })).map((job) => job.id);
    expect(await list()).toEqual([c.id, b.id, a.id]);
    expect(await list({ state: ['queued', 'running'] })).toEqual([c.id, b.id]);
    expect(await list({ after: b.id })).toEqual([a.id]);
    const { by_state } = await stage.jobs.countJobs(query);
    expect(by_state).toMatchObject({ queued: 1, running: 1, succeeded: 1, failed: 0 });
    await stage.store.close();
  });

  test('groups: all of its jobs are stored or none, and the same key answers them again', async () => {
    const stage = await Stage.open(open, 3);
    const make = (count: number) =>
      Array.from({ length: count }, (_, index) => ({
        job: stage.make({ group_id: GROUP }),
        idempotency: { key: `k#${index}`, hash: 'h' },
      }));
    const insert = (items: ReturnType<typeof make>) => stage.jobs.insertJobs(items, { whole: true });
    const refused = await insert(make(4));
    expect(refused.map((result) => result.kind)).toEqual(Array(4).fill('queue_full'));
    expect((await stage.jobs.countJobs()).by_state.queued).toBe(0);
    expect((await insert(make(3))).map((result) => result.kind)).toEqual(Array(3).fill('created'));
    expect((await insert(make(3))).map((result) => result.kind)).toEqual(Array(3).fill('replayed'));
    expect(
      (await insert(make(2).concat({ ...make(1)[0], idempotency: { key: 'x', hash: 'h' } } as never)))[0],
    ).toEqual({
      kind: 'conflict',
    });
    const [child] = make(1);
    const orphan = { ...child, job: stage.make({ depends_on: [stage.make().id] }), idempotency: undefined };
    expect(await insert([orphan] as never)).toMatchObject([{ kind: 'unknown_parent' }]);
    await stage.store.close();
  });
}
