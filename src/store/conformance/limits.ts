import { expect, test } from 'vitest';
import { AGEING_MS } from '../../core/rank.ts';
import { failedBy, type OpenStore, Stage } from './fixture.ts';

/** What a job's own terms and its tenant's quota bound, and what puts it first. */
export function limitClauses(open: OpenStore): void {
  test('limits: at most `max` jobs of one concurrency key run at once, per tenant', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const concurrency = { key: 'licence', max: 2 };
    const [a, b, c] = [
      await stage.submit({ concurrency }),
      await stage.submit({ concurrency }),
      await stage.submit({ concurrency }),
    ];
    const other = await stage.submit({ concurrency, tenant: 'acme' });
    const ready = async () => (await stage.ready()).map((job) => job.id);
    expect(await ready()).toEqual([a.id, b.id, other.id]);
    const first = await stage.run(a, worker);
    expect(await ready()).toEqual([b.id, other.id]);
    await stage.place(b, worker);
    expect(await ready()).toEqual([other.id]);
    expect(await stage.tryPlace(c, worker)).toEqual({ kind: 'refused', why: 'limited' });
    expect((await stage.jobs.getJob({ job: c.id }))?.limited).toEqual({
      code: 'concurrency',
      message: '2 jobs with the concurrency key licence run, at most 2 may',
    });
    await stage.settle(first);
    expect(await ready()).toEqual([c.id, other.id]);
    expect((await stage.jobs.getJob({ job: c.id }))?.limited).toBeNull();
    await stage.store.close();
  });

  test('limits: a tenant runs and queues no more than its quota, which may change at any time', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const set = (max_running: number | null, max_waiting: number | null) =>
      stage.store.records.put('quota', 'acme', { id: 'acme', max_running, max_waiting });
    await set(1, 2);
    const own = { tenant: 'acme' };
    const [a, b] = [await stage.submit(own), await stage.submit(own)];
    const third = stage.make(own);
    const refused = { kind: 'quota_full', tenant: 'acme', waiting: 2, most: 2 };
    expect(await stage.jobs.insertJobs([{ job: third }])).toEqual([refused]);
    const foreign = await stage.submit();
    await stage.run(a, worker);
    expect(await stage.jobs.insertJobs([{ job: third }])).toMatchObject([{ kind: 'created' }]);
    expect((await stage.ready()).map((job) => job.id)).toEqual([foreign.id]);
    expect(await stage.tryPlace(b, worker)).toEqual({ kind: 'refused', why: 'limited' });
    expect((await stage.jobs.getJob({ job: b.id }))?.limited).toMatchObject({ code: 'quota' });
    await set(3, null);
    expect((await stage.ready()).map((job) => job.id)).toEqual([b.id, third.id, foreign.id]);
    await set(0, null);
    await stage.store.records.remove('quota', 'acme');
    expect((await stage.ready()).length).toBe(3);
    await stage.store.close();
  });

  test('unique keys: while a job with the key is open a submit answers it; once it ended, a new one', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const unique = { unique_key: 'nightly' };
    const first = await stage.submit(unique);
    const insert = async (over = {}) => {
      const [result] = await stage.jobs.insertJobs([{ job: stage.make({ ...unique, ...over }) }]);
      return result;
    };
    expect(await insert()).toMatchObject({ kind: 'existing', job: { id: first.id } });
    expect(await insert({ tenant: 'acme' })).toMatchObject({ kind: 'created' });
    const attempt = await stage.run(first, worker);
    expect(await insert()).toMatchObject({ kind: 'existing', job: { status: { state: 'running' } } });
    await stage.settle(attempt, failedBy('user'));
    const second = await insert();
    expect(second).toMatchObject({ kind: 'created' });
    expect(await insert()).toMatchObject({ kind: 'existing', job: (second as { job: object }).job });
    await stage.store.close();
  });

  test('§4 rank: a high job starts next on an eight-hour backlog of medium ones, a strict one before it', async () => {
    const stage = await Stage.open(open);
    const backlog = [];
    for (let hour = 0; hour < 8; hour += 1) {
      backlog.push(await stage.submit());
      stage.clock.pass(3_600_000);
    }
    const high = await stage.submit({ priority: 50 });
    const strict = await stage.submit({ priority: 1, strict: true });
    const order = (await stage.ready(20)).map((job) => job.id);
    expect(order).toEqual([strict.id, high.id, ...backlog.map((job) => job.id)]);
    expect(stage.clock.now() - 8 * 3_600_000).toBeLessThan(high.rank + 51 * AGEING_MS);
    await stage.store.close();
  });
}
